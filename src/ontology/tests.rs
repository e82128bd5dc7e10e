use super::*;
use std::collections::HashSet;

#[test]
fn every_embedded_row_is_complete() {
    let ontology = Ontology::embedded();
    assert!(
        (120..=180).contains(&ontology.tasks.len()),
        "{} tasks",
        ontology.tasks.len()
    );
    assert_eq!(ontology.domains.len(), 10);
    let mut ids = HashSet::new();
    for task in &ontology.tasks {
        assert!(ids.insert(&task.id), "{} stands twice", task.id);
        let own = task.id.starts_with("gyrus_");
        assert!(
            own || task.id.starts_with("trm_") || task.id.starts_with("tsk_"),
            "{}",
            task.id
        );
        assert_eq!(own, task.atlas_name.is_none(), "{}", task.name);
        let words = task.definition.split_whitespace().count();
        assert!((10..=45).contains(&words), "{}: {words} words", task.name);
        assert!(!task.concepts.is_empty(), "{}", task.name);
        for id in &task.concepts {
            let concept = ontology.concept(id).unwrap();
            assert!(
                ontology.domain(&concept.domain).is_some(),
                "{}",
                concept.name
            );
        }
    }
}

#[test]
fn every_concept_and_domain_is_reached_by_a_task() {
    let ontology = Ontology::embedded();
    let reached: HashSet<_> = ontology
        .tasks
        .iter()
        .flat_map(|task| &task.concepts)
        .collect();
    for concept in &ontology.concepts {
        assert!(
            reached.contains(&concept.id),
            "no task measures {}",
            concept.name
        );
    }
    let domains: HashSet<_> = reached
        .iter()
        .map(|id| &ontology.concept(id).unwrap().domain)
        .collect();
    assert_eq!(domains.len(), 10);
}

#[test]
fn no_questionnaire() {
    for task in &Ontology::embedded().tasks {
        let name = task.name.to_lowercase();
        for word in [
            "questionnaire",
            "scale",
            "inventory",
            "checklist",
            "interview",
        ] {
            assert!(!format!("{name} ").contains(word), "{name}");
        }
    }
}

#[test]
fn required_paradigms_are_present() {
    let names: Vec<String> = Ontology::embedded()
        .tasks
        .iter()
        .map(|task| task.name.to_lowercase())
        .collect();
    for wanted in [
        "stroop",
        "flanker",
        "task switching",
        "finger tapping",
        "saccade",
        "verbal fluency",
        "word generation",
        "visual search",
        "theory of mind",
        "tower of london",
        "trust game",
        "ultimatum game",
        "working memory",
        "tone",
        "music listening",
        "mental rotation",
        "heat pain",
        "n-back",
        "go/no-go",
        "stop signal",
        "face matching",
        "reading",
        "sentence comprehension",
        "passive listening",
        "motor imagery",
        "emotional pictures",
        "gambling",
        "autobiographical",
        "encoding",
        "recognition memory",
        "taste",
        "touch",
        "visual motion",
        "checkerboard",
        "film",
        "hand, foot and tongue",
        "faces versus shapes",
        "stories and arithmetic",
        "relational",
        "interacting shapes",
        "faces, places, tools",
    ] {
        assert!(
            names.iter().any(|name| name.contains(wanted)),
            "no task for {wanted}"
        );
    }
}

#[test]
fn lookups_are_by_id_and_by_name_without_case() {
    let ontology = Ontology::embedded();
    let task = ontology.task_named(" STROOP task").unwrap();
    assert_eq!(task.id, "tsk_4a57abb949e27");
    assert_eq!(ontology.task(&task.id), Some(task));
    assert_eq!(ontology.task("tsk_none"), None);
    assert_eq!(ontology.fingerprint().len(), 64);
}

const DOMAIN_TABLE: &str = "id\tname\nd1\tSeeing\n";
const CONCEPT_TABLE: &str = "id\tname\tdomain\tassigned_by\nc1\tsight\td1\town\n";

fn tasks(row: &str) -> Result<Ontology, OntologyError> {
    Ontology::parse(
        &format!("id\tname\tatlas_name\tconcepts\tdefinition\n{row}"),
        CONCEPT_TABLE,
        DOMAIN_TABLE,
    )
}

#[test]
fn broken_tables_are_named_by_line() {
    assert!(tasks("t\tlook\t-\tsight\tPeople look.\n\n").is_ok());
    assert_eq!(
        tasks("t\tlook\t-\tsight\n").unwrap_err(),
        OntologyError::Columns {
            table: "tasks",
            line: 2,
            expected: 5,
            found: 4
        }
    );
    assert_eq!(
        tasks("t\tlook\t-\tsight\t \n").unwrap_err(),
        OntologyError::Missing {
            table: "tasks",
            line: 2,
            field: "definition"
        }
    );
    assert_eq!(
        tasks("t\tlook\t-\tsmell\tPeople look.\n").unwrap_err(),
        OntologyError::Unknown {
            table: "tasks",
            line: 2,
            value: "smell".into()
        }
    );
    assert_eq!(
        tasks("t\tlook\t-\tsight\tA.\nu\tLook\t-\tsight\tB.\n").unwrap_err(),
        OntologyError::Duplicate {
            table: "tasks",
            line: 3,
            value: "Look".into()
        }
    );
    assert!(Ontology::parse("", "h\nc\tx\tnowhere\town", DOMAIN_TABLE).is_err());
    assert!(Ontology::parse("", "h\nc\tx\td1\tguess", DOMAIN_TABLE).is_err());
}

proptest::proptest! {
    #[test]
    fn any_text_ends_in_a_table_or_an_error(
        rows in proptest::collection::vec("[a-c;\t ]{0,24}", 0..6),
        free in "\\PC{0,80}",
    ) {
        let table = format!("head\n{}\n{free}", rows.join("\n"));
        for error in [
            Ontology::parse(&table, CONCEPT_TABLE, DOMAIN_TABLE).err(),
            Ontology::parse("", &table, DOMAIN_TABLE).err(),
            Ontology::parse("", "", &table).err(),
        ].into_iter().flatten() {
            use crate::error::Explain as _;
            proptest::prop_assert!(!error.explain().why.is_empty());
        }
    }
}
