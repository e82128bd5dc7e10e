//! The features a window has.

use std::any::Any;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::action::Call;
use super::command::{CommandTable, Row};
use super::context::Act;
use super::{Feature, Tab};

/// The features of a window and their commands.
#[derive(Default)]
pub struct Registry {
    features: Vec<Box<dyn Feature>>,
    /// Their commands.
    pub commands: CommandTable,
}

impl Registry {
    /// Adds a feature. That is all it takes to put it into the window.
    pub fn add<F: Feature>(&mut self, feature: F) {
        let number = self.features.len();
        for row in F::commands() {
            self.commands.add(number, row);
        }
        self.features.push(Box::new(feature));
    }

    /// The tabs there are, each once, in their order.
    pub fn tabs(&self) -> Vec<Tab> {
        tabs(&self.features)
    }

    /// Gives each tab a row of the command table and a number as key, once all features are there.
    pub fn number_tabs(&mut self) {
        const KEYS: [Key; 9] = [
            Key::Num1,
            Key::Num2,
            Key::Num3,
            Key::Num4,
            Key::Num5,
            Key::Num6,
            Key::Num7,
            Key::Num8,
            Key::Num9,
        ];
        for (n, tab) in self.tabs().into_iter().enumerate() {
            let key = KEYS.get(n).copied();
            self.commands.rows.push(Row {
                name: tab.label,
                words: tab.words,
                tip: "",
                key: key.map(|key| KeyboardShortcut::new(Modifiers::COMMAND, key)),
                menu: None,
                submenu: None,
                possible: |_| true,
                hindrance: |_| None,
                titled: |_| None,
                field: false,
                feature: 0,
                run: Box::new(move |_, act| act.desk.tab = tab.label),
            });
        }
    }

    /// All of them, in the order of registration.
    pub fn features(&mut self) -> impl Iterator<Item = &mut Box<dyn Feature>> {
        self.features.iter_mut()
    }

    /// Them and the command table, apart.
    pub fn parts(&mut self) -> (&mut [Box<dyn Feature>], &CommandTable) {
        (&mut self.features, &self.commands)
    }

    /// Does what a row of the command table does.
    pub fn run(&mut self, name: &str, act: &mut Act<'_>) {
        if let Some(row) = self.commands.rows.iter().find(|row| row.name == name)
            && let Some(feature) = self.features.get_mut(row.feature)
        {
            let feature: &mut dyn Any = feature.as_mut();
            (row.run)(feature, act);
        }
    }

    /// Asks the features in turn; gives back what none of them does.
    pub fn call(&mut self, call: Call, act: &mut Act<'_>) -> Option<Call> {
        let mut rest = Some(call);
        for feature in &mut self.features {
            rest = feature.answer(rest?, act);
        }
        rest
    }
}

/// The tabs of these features, each once, in their order.
pub fn tabs(features: &[Box<dyn Feature>]) -> Vec<Tab> {
    let mut tabs: Vec<Tab> = features.iter().filter_map(|f| f.tab()).collect();
    tabs.sort_by_key(|tab| tab.order);
    tabs.dedup_by_key(|tab| tab.label);
    tabs
}
