//! How much the literature prior counts.

use serde::{Deserialize, Serialize};

/// The power to which the prior is raised: 1 multiplies the likelihood by it as NiCLIP does (Peraza et al. 2025),
/// 0 ranks by the map alone. The prior follows how often the literature writes of a task, not what is true of
/// brains: a weight below 1 is a choice between the two and no Bayesian posterior of anything.
///
/// The default is the weight the model was measured with.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Option<f32>", into = "Option<f32>")]
pub struct PriorWeight(Option<f32>);

impl PriorWeight {
    /// From 0 to 1; what is beyond is brought to the nearer end, what is no number to the model's own.
    pub fn new(weight: f32) -> Self {
        Self((!weight.is_nan()).then(|| weight.clamp(0.0, 1.0)))
    }

    /// 0..=1; `own` is the weight the model was measured with.
    pub fn or(self, own: f32) -> f32 {
        self.0.unwrap_or(own).clamp(0.0, 1.0)
    }

    /// A distribution raised to this power and brought to the sum 1 again. What has no chance has none at any
    /// weight but 0.
    pub(super) fn of(self, prior: &[f64]) -> Vec<f64> {
        let power = f64::from(self.or(1.0));
        if power == 1.0 {
            return prior.to_vec();
        }
        let weighted: Vec<f64> = prior.iter().map(|p| p.powf(power)).collect();
        let sum: f64 = weighted.iter().sum();
        weighted.into_iter().map(|p| p / sum).collect()
    }
}

impl From<Option<f32>> for PriorWeight {
    fn from(weight: Option<f32>) -> Self {
        Self::new(weight.unwrap_or(f32::NAN))
    }
}

impl From<PriorWeight> for Option<f32> {
    fn from(weight: PriorWeight) -> Self {
        weight.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_lies_between_no_prior_and_all_of_it() {
        let prior = [0.64, 0.32, 0.04];
        assert_eq!(PriorWeight::default().of(&prior), prior);
        for p in PriorWeight::new(0.0).of(&prior) {
            assert!((p - 1.0 / 3.0).abs() < 1e-12);
        }
        let half = PriorWeight::new(0.5).of(&prior);
        assert!((half[0] / half[2] - 4.0).abs() < 1e-12, "{half:?}");
        assert!((half.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let ends = [-1.0, 2.0, f32::NAN, f32::INFINITY].map(|w| PriorWeight::new(w).or(0.3));
        assert_eq!(ends, [0.0, 1.0, 0.3, 1.0]);
        assert_eq!(PriorWeight::default().or(0.3), 0.3);
        let read: PriorWeight = serde_json::from_str("0.25").unwrap();
        assert_eq!(read, PriorWeight::new(0.25));
        assert_eq!(serde_json::to_string(&read).unwrap(), "0.25");
        let own: PriorWeight = serde_json::from_str("null").unwrap();
        assert_eq!(own, PriorWeight::default());
    }
}
