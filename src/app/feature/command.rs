//! The command table: a row for everything a user can do.

use std::any::Any;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::context::{Act, Cx};
use crate::app::model::Document;

/// The menus of the top bar, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    /// Open, save, quit.
    File,
    /// Undo and layers.
    Edit,
    /// Views, theme, crosshair.
    View,
    /// Places, peaks, numbers.
    Analyse,
    /// Decoding and predicting.
    Decode,
    /// Help.
    Help,
}

impl Menu {
    /// In the order shown.
    pub const ALL: [Self; 6] = [
        Self::File,
        Self::Edit,
        Self::View,
        Self::Analyse,
        Self::Decode,
        Self::Help,
    ];

    /// Word in the bar.
    pub fn label(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::View => "View",
            Self::Analyse => "Analyse",
            Self::Decode => "Decode",
            Self::Help => "Help",
        }
    }
}

/// A row of the command table: everything about one thing a user can do.
pub struct Command<F: ?Sized> {
    /// Stable name.
    pub name: &'static str,
    /// Words for menus and the palette.
    pub words: &'static str,
    /// One sentence more, for tooltips; may be empty.
    pub tip: &'static str,
    /// The key that does it.
    pub key: Option<KeyboardShortcut>,
    /// Where it stands in the menus: rows are ordered by the number, a line stands between tens.
    pub menu: Option<(Menu, u16)>,
    /// The menu within the menu it stands in.
    pub submenu: Option<&'static str>,
    /// Whether there is anything for it to act on.
    pub possible: fn(&Cx<'_>) -> bool,
    /// Why there is nothing for it to act on, where that needs saying: it is not possible then.
    pub hindrance: fn(&Cx<'_>) -> Option<&'static str>,
    /// Words that depend on the document ("Undo: add layer").
    pub titled: fn(&Document) -> Option<String>,
    /// Whether it opens a field: what is typed after its key belongs there.
    pub field: bool,
    /// What it does.
    pub run: fn(&mut F, &mut Act<'_>),
}

impl<F: ?Sized> Command<F> {
    /// A row without tooltip, key and menu, that is always possible.
    pub const fn new(
        name: &'static str,
        words: &'static str,
        run: fn(&mut F, &mut Act<'_>),
    ) -> Self {
        Self {
            name,
            words,
            tip: "",
            key: None,
            menu: None,
            submenu: None,
            possible: |_| true,
            hindrance: |_| None,
            titled: |_| None,
            field: false,
            run,
        }
    }

    /// With a tooltip.
    pub const fn tip(mut self, tip: &'static str) -> Self {
        self.tip = tip;
        self
    }

    /// With a key.
    pub const fn key(mut self, modifiers: Modifiers, key: Key) -> Self {
        self.key = Some(KeyboardShortcut::new(modifiers, key));
        self
    }

    /// With a place in a menu.
    pub const fn menu(mut self, menu: Menu, at: u16) -> Self {
        self.menu = Some((menu, at));
        self
    }

    /// In a menu within the menu.
    pub const fn under(mut self, submenu: &'static str) -> Self {
        self.submenu = Some(submenu);
        self
    }

    /// Possible only then.
    pub const fn when(mut self, possible: fn(&Cx<'_>) -> bool) -> Self {
        self.possible = possible;
        self
    }

    /// Not possible where that gives a reason.
    pub const fn unless(mut self, hindrance: fn(&Cx<'_>) -> Option<&'static str>) -> Self {
        self.hindrance = hindrance;
        self
    }

    /// Opens a field that is typed in.
    pub const fn field(mut self) -> Self {
        self.field = true;
        self
    }

    /// With words that depend on the document.
    pub const fn titled(mut self, titled: fn(&Document) -> Option<String>) -> Self {
        self.titled = titled;
        self
    }
}

/// What a row does, to the feature of its number.
type Run = Box<dyn Fn(&mut dyn Any, &mut Act<'_>)>;

/// A row without the type of its feature.
pub struct Row {
    /// Stable name.
    pub name: &'static str,
    /// Words for menus and the palette.
    pub words: &'static str,
    /// One sentence more, for tooltips; may be empty.
    pub tip: &'static str,
    /// The key that does it.
    pub key: Option<KeyboardShortcut>,
    /// Where it stands in the menus.
    pub menu: Option<(Menu, u16)>,
    /// The menu within the menu it stands in.
    pub submenu: Option<&'static str>,
    /// Whether there is anything for it to act on.
    pub possible: fn(&Cx<'_>) -> bool,
    /// Why there is nothing for it to act on.
    pub hindrance: fn(&Cx<'_>) -> Option<&'static str>,
    /// Words that depend on the document.
    pub titled: fn(&Document) -> Option<String>,
    /// Whether it opens a field: what is typed after its key belongs there.
    pub field: bool,
    /// Number of its feature.
    pub(super) feature: usize,
    pub(super) run: Run,
}

impl Row {
    /// Whether it can be done now.
    pub fn is_possible(&self, cx: &Cx<'_>) -> bool {
        (self.possible)(cx) && (self.hindrance)(cx).is_none()
    }
}

/// Everything a user can do, once. Menus, palette, keys, tooltips, the help sheet and the tests read
/// it.
#[derive(Default)]
pub struct CommandTable {
    pub(super) rows: Vec<Row>,
}

impl CommandTable {
    /// All rows, in the order of registration.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of this name.
    pub fn get(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// The rows of a menu, in their order.
    pub fn menu(&self, menu: Menu) -> Vec<&Row> {
        let place = |row: &&Row| row.menu.filter(|(of, _)| *of == menu);
        let mut rows: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| place(row).is_some())
            .collect();
        rows.sort_by_key(|row| place(row).map(|(_, at)| at));
        rows
    }

    pub(super) fn add<F: Any>(&mut self, feature: usize, row: Command<F>) {
        let run = row.run;
        self.rows.push(Row {
            name: row.name,
            words: row.words,
            tip: row.tip,
            key: row.key,
            menu: row.menu,
            submenu: row.submenu,
            possible: row.possible,
            hindrance: row.hindrance,
            titled: row.titled,
            field: row.field,
            feature,
            run: Box::new(move |feature, act| {
                // Its own feature: the registry numbers both together.
                if let Some(feature) = feature.downcast_mut::<F>() {
                    run(feature, act);
                }
            }),
        });
    }
}
