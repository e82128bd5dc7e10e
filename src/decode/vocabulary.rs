//! The tasks a model can name, ready to be compared with a latent, and their links to concepts and domains.

use crate::ontology::Ontology;

use super::dealt::percentiles as percentiles_of_groups;
use super::maths::{cosine, noisy_or, score};
use super::{GroupScore, PriorWeight, TaskScore};

/// Tasks, concepts and domains, each sorted best first.
pub(crate) type Ranking = (Vec<TaskScore>, Vec<GroupScore>, Vec<GroupScore>);

/// A concept or domain and its members (rows of the level below).
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub id: String,
    pub name: String,
    pub members: Vec<usize>,
}

/// A vocabulary prepared once per model: the text tower has run over every task.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    ids: Vec<String>,
    names: Vec<String>,
    /// One latent a task.
    latents: Vec<Vec<f32>>,
    prior: Vec<f64>,
    scale: f64,
    concepts: Vec<Group>,
    domains: Vec<Group>,
    notes: Vec<String>,
}

impl Vocabulary {
    /// From the tasks of a model. Each task finds its row of the ontology by id, else by name; one that has
    /// none is ranked without concepts, and a note says so.
    pub fn new(
        ids: &[String],
        names: &[String],
        latents: Vec<Vec<f32>>,
        prior: &[f32],
        scale: f64,
        ontology: &Ontology,
    ) -> Self {
        let rows: Vec<_> = ids
            .iter()
            .zip(names)
            .map(|(id, name)| ontology.task(id).or_else(|| ontology.task_named(name)))
            .collect();
        let concepts: Vec<Group> = ontology
            .concepts
            .iter()
            .map(|concept| Group {
                id: concept.id.0.clone(),
                name: concept.name.clone(),
                members: (0..rows.len())
                    .filter(|&row| {
                        rows[row].is_some_and(|task| task.concepts.contains(&concept.id))
                    })
                    .collect(),
            })
            .filter(|group| !group.members.is_empty())
            .collect();
        let domains = ontology
            .domains
            .iter()
            .map(|domain| Group {
                id: domain.id.0.clone(),
                name: domain.name.clone(),
                members: (0..concepts.len())
                    .filter(|&row| {
                        let id = crate::ontology::ConceptId(concepts[row].id.clone());
                        ontology
                            .concept(&id)
                            .is_some_and(|concept| concept.domain == domain.id)
                    })
                    .collect(),
            })
            .collect();
        let unlinked = rows.iter().filter(|row| row.is_none()).count();
        let notes = (unlinked > 0)
            .then(|| {
                format!(
                    "{unlinked} of the model's {} tasks are not in the ontology: they are ranked but count \
                     for no concept or domain",
                    rows.len()
                )
            })
            .into_iter()
            .collect();
        Self {
            ids: ids.to_vec(),
            names: names.to_vec(),
            latents,
            prior: prior.iter().map(|&p| f64::from(p)).collect(),
            scale,
            concepts,
            domains,
            notes,
        }
    }

    /// The same with some tasks only, by their rows: shares and prior are of those then.
    pub(super) fn only(&self, rows: &[usize]) -> Self {
        let pick = |row: &usize| rows.iter().position(|kept| kept == row);
        let group = |group: &Group| Group {
            members: group.members.iter().filter_map(pick).collect(),
            ..group.clone()
        };
        let all: Vec<Group> = self.concepts.iter().map(group).collect();
        let kept: Vec<usize> = (0..all.len())
            .filter(|&c| !all[c].members.is_empty())
            .collect();
        let domains = self.domains.iter().map(|domain| Group {
            members: domain
                .members
                .iter()
                .filter_map(|member| kept.iter().position(|c| c == member))
                .collect(),
            ..domain.clone()
        });
        Self {
            ids: rows.iter().map(|&row| self.ids[row].clone()).collect(),
            names: rows.iter().map(|&row| self.names[row].clone()).collect(),
            latents: rows.iter().map(|&row| self.latents[row].clone()).collect(),
            prior: match self.prior.len() == self.ids.len() {
                true => rows.iter().map(|&row| self.prior[row]).collect(),
                false => Vec::new(),
            },
            scale: self.scale,
            domains: domains.collect(),
            concepts: kept.into_iter().map(|c| all[c].clone()).collect(),
            notes: self.notes.clone(),
        }
    }

    /// What a reader of its rankings should know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The latent of every task, in the order of the vocabulary.
    pub(super) fn latents(&self) -> &[Vec<f32>] {
        &self.latents
    }

    /// Cosine of every task with a latent, in the order of the vocabulary.
    pub fn cosines(&self, latent: &[f32]) -> Vec<f64> {
        self.latents
            .iter()
            .map(|task| cosine(latent, task))
            .collect()
    }

    /// The `top` tasks nearest to a latent: name, id and cosine, best first.
    pub fn nearest(&self, latent: &[f32], top: usize) -> Vec<(&str, &str, f32)> {
        let mut all: Vec<_> = (0..self.ids.len()).zip(self.cosines(latent)).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all.truncate(top);
        all.into_iter()
            .map(|(row, cosine)| {
                (
                    self.names[row].as_str(),
                    self.ids[row].as_str(),
                    cosine as f32,
                )
            })
            .collect()
    }

    /// Ranks everything for the latent of a map.
    pub fn rank(&self, latent: &[f32], prior: PriorWeight) -> Ranking {
        self.rank_cosines(&self.cosines(latent), prior, None)
    }

    /// Ranks everything for the cosines of a map ([`cosines`](Self::cosines)). `percentiles` are those of the tasks
    /// among noise, in the order of the vocabulary; nothing where they are not known.
    pub(super) fn rank_cosines(
        &self,
        cosines: &[f64],
        prior: PriorWeight,
        percentiles: Option<&[f32]>,
    ) -> Ranking {
        let scores = score(cosines, self.scale, &self.prior, prior);
        let mut tasks: Vec<TaskScore> = (0..self.ids.len())
            .map(|row| TaskScore {
                name: self.names[row].clone(),
                id: self.ids[row].clone(),
                similarity: cosines[row] as f32,
                likelihood: scores.likelihood[row] as f32,
                prior: scores.prior[row] as f32,
                posterior: scores.posterior[row] as f32,
                bayes_factor: scores.bayes_factor[row] as f32,
                percentile: percentiles.and_then(|p| p.get(row).copied()),
            })
            .collect();
        // The f32 of two posteriors can be equal where the cosines still differ.
        tasks.sort_by(|a, b| {
            b.posterior
                .total_cmp(&a.posterior)
                .then(b.similarity.total_cmp(&a.similarity))
        });
        let concepts = level(&self.concepts, &scores.posterior);
        let domains = level(&self.domains, &concepts);
        let (of_concepts, of_domains) =
            percentiles_of_groups(&scores.posterior, &self.concepts, &self.domains);
        (
            tasks,
            sorted(&self.concepts, &concepts, &of_concepts),
            sorted(&self.domains, &domains, &of_domains),
        )
    }
}

fn level(groups: &[Group], below: &[f64]) -> Vec<f64> {
    groups
        .iter()
        .map(|group| noisy_or(group.members.iter().map(|&member| below[member])))
        .collect()
}

fn sorted(groups: &[Group], scores: &[f64], percentiles: &[f32]) -> Vec<GroupScore> {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order
        .into_iter()
        .map(|row| GroupScore {
            name: groups[row].name.clone(),
            id: groups[row].id.clone(),
            score: scores[row] as f32,
            percentile: percentiles[row],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAINS: &str = "id\tname\nd1\tSeeing\nd2\tActing\n";
    const CONCEPTS: &str = "id\tname\tdomain\tby\nc1\tsight\td1\town\nc2\tmotion\td1\town\nc3\tgrip\td2\town\nc4\tgait\td2\town\n";
    const TASKS: &str = "id\tname\tatlas\tconcepts\tdefinition\n\
        t1\tlook\t-\tsight\tLook.\nt2\ttrack\t-\tsight; motion\tTrack.\nt3\tgrasp\t-\tgrip\tGrasp.\nt4\twalk\t-\tgait\tWalk.\n";

    fn ontology() -> Ontology {
        Ontology::parse(TASKS, CONCEPTS, DOMAINS).unwrap()
    }

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn some_tasks_only_share_everything_among_them() {
        let all = vocabulary();
        let some = all.only(&[0, 2]);
        let (tasks, concepts, domains) = some.rank(&[0.8, 0.6], PriorWeight::new(0.0));
        assert_eq!(tasks.len(), 2);
        let sum: f32 = tasks.iter().map(|task| task.posterior).sum();
        assert!((sum - 1.0).abs() < 1e-6);
        assert_eq!(domains.len(), 2);
        assert!(!concepts.is_empty() && concepts.len() <= 4);
        let (whole, ..) = all.rank(&[0.8, 0.6], PriorWeight::new(0.0));
        let of = |name: &str| whole.iter().find(|t| t.name == name).unwrap().posterior;
        let (first, second) = (&tasks[0], &tasks[1]);
        let odds = of(&first.name) / of(&second.name);
        assert!((first.posterior / second.posterior - odds).abs() < 1e-4);
    }

    /// The model's order differs from the ontology's, one id is foreign but its name is known, and one task
    /// is unknown altogether.
    fn vocabulary() -> Vocabulary {
        let latents = vec![
            vec![0.0, 1.0],
            vec![0.6, 0.8],
            vec![1.0, 0.0],
            vec![-1.0, 0.0],
        ];
        Vocabulary::new(
            &strings(&["t3", "x9", "t1", "t99"]),
            &strings(&["grasp", "TRACK", "look", "juggle"]),
            latents,
            &[0.4, 0.3, 0.2, 0.1],
            2.0,
            &ontology(),
        )
    }

    #[test]
    fn a_toy_ontology_by_hand() {
        let (tasks, concepts, domains) = vocabulary().rank(&[2.0, 0.0], PriorWeight::default());
        // Cosines with (1, 0): grasp 0, track .6, look 1, juggle −1.
        let joint = [
            ("grasp", 0.4 * 1.0),
            ("TRACK", 0.3 * 1.2f64.exp()),
            ("look", 0.2 * 2f64.exp()),
            ("juggle", 0.1 * (-2f64).exp()),
        ];
        let total: f64 = joint.iter().map(|(_, j)| j).sum();
        let p = |name: &str| joint.iter().find(|(n, _)| *n == name).unwrap().1 / total;
        let names: Vec<&str> = tasks.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["look", "TRACK", "grasp", "juggle"]);
        for task in &tasks {
            assert!(
                (f64::from(task.posterior) - p(&task.name)).abs() < 1e-7,
                "{task:?}"
            );
        }
        let sight = 1.0 - (1.0 - p("look")) * (1.0 - p("TRACK"));
        let expected = [
            ("sight", sight),
            ("motion", p("TRACK")),
            ("grip", p("grasp")),
        ];
        assert_eq!(
            concepts.len(),
            3,
            "gait is measured by no task of this model"
        );
        for (got, (name, probability)) in concepts.iter().zip(expected) {
            assert_eq!(got.name, name);
            assert!((f64::from(got.score) - probability).abs() < 1e-7, "{got:?}");
        }
        let seeing = 1.0 - (1.0 - sight) * (1.0 - p("TRACK"));
        for (got, (name, probability)) in domains
            .iter()
            .zip([("Seeing", seeing), ("Acting", p("grasp"))])
        {
            assert_eq!(got.name, name);
            assert!((f64::from(got.score) - probability).abs() < 1e-7, "{got:?}");
        }
    }

    #[test]
    fn without_the_prior_the_map_alone_ranks() {
        let (tasks, ..) = vocabulary().rank(&[0.8, 0.6], PriorWeight::new(0.0));
        // Cosines: grasp 0.6, track 0.96, look 0.8, juggle −0.8.
        let names: Vec<&str> = tasks.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["TRACK", "look", "grasp", "juggle"]);
        for task in &tasks {
            assert!((task.posterior - task.likelihood).abs() < 1e-6, "{task:?}");
            assert_eq!(task.prior, 0.25);
        }
    }

    #[test]
    fn tasks_without_an_ontology_row_are_noted() {
        let notes = vocabulary().notes().to_vec();
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].starts_with("1 of the model's 4 tasks"),
            "{}",
            notes[0]
        );
    }

    #[test]
    fn nearest_is_by_cosine_alone() {
        let vocabulary = vocabulary();
        let nearest = vocabulary.nearest(&[0.0, 3.0], 2);
        assert_eq!(nearest[0].0, "grasp");
        assert_eq!(nearest[1], ("TRACK", "x9", 0.8));
    }
}
