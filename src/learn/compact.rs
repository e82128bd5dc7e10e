//! Keeping a mode in one piece.

use crate::volume::Mask;

/// Marks the voxels of a mode (positions, ascending, with weights ≥ 0) that belong to its heaviest
/// component, voxels touching by a face; and tells the share of its weight they hold.
pub(super) fn heaviest_component(mask: &Mask, voxels: &[u32], weights: &[f32]) -> (Vec<bool>, f64) {
    let mut component = vec![usize::MAX; voxels.len()];
    let mut masses: Vec<f64> = Vec::new();
    let mut stack = Vec::new();
    for start in 0..voxels.len() {
        if component[start] != usize::MAX || weights[start] <= 0.0 {
            continue;
        }
        let number = masses.len();
        masses.push(0.0);
        component[start] = number;
        stack.push(start);
        while let Some(here) = stack.pop() {
            masses[number] += f64::from(weights[here]);
            for next in face_neighbours(mask, voxels[here]) {
                let Ok(slot) = voxels.binary_search(&next) else {
                    continue;
                };
                if component[slot] == usize::MAX && weights[slot] > 0.0 {
                    component[slot] = number;
                    stack.push(slot);
                }
            }
        }
    }
    let total: f64 = masses.iter().sum();
    let mut heaviest = 0;
    for (number, mass) in masses.iter().enumerate() {
        if *mass > masses[heaviest] {
            heaviest = number;
        }
    }
    let kept = component
        .iter()
        .map(|&c| c == heaviest && !masses.is_empty())
        .collect();
    let share = if total > 0.0 {
        masses[heaviest] / total
    } else {
        0.0
    };
    (kept, share)
}

fn face_neighbours(mask: &Mask, position: u32) -> impl Iterator<Item = u32> + '_ {
    let grid = &mask.grid;
    let at = grid.voxel(mask.voxels[position as usize] as usize);
    (0..6_usize).filter_map(move |face| {
        let (axis, up) = (face / 2, face % 2 == 1);
        let mut next = at;
        next[axis] = if up {
            at[axis] + 1
        } else {
            at[axis].checked_sub(1)?
        };
        if next[axis] >= grid.shape[axis] {
            return None;
        }
        let found = mask.position[grid.index(next)];
        (found != u32::MAX).then_some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, Grid};

    #[test]
    fn the_heavier_of_two_pieces_is_kept() {
        let grid = Grid {
            shape: [5, 2, 1],
            affine: Affine::IDENTITY,
        };
        let mask = Mask::new(grid, |_| true);
        // Row 0: 3 3 . 4 1; the pieces weigh 6 and 5 and touch only by a corner at voxel 7.
        let voxels = [0, 1, 3, 4, 7];
        let (kept, share) = heaviest_component(&mask, &voxels, &[3.0, 3.0, 4.0, 1.0, 0.0]);
        assert_eq!(kept, [true, true, false, false, false]);
        assert!((share - 6.0 / 11.0).abs() < 1e-6);
        // With voxel 6 and 7 and 8 present the pieces are one.
        let voxels = [0, 1, 3, 4, 6, 7, 8];
        let (kept, share) =
            heaviest_component(&mask, &voxels, &[3.0, 3.0, 4.0, 1.0, 0.1, 0.1, 0.1]);
        assert!(kept.iter().all(|k| *k) && share == 1.0);
    }

    #[test]
    fn an_empty_mode_has_no_component() {
        let grid = Grid {
            shape: [2, 1, 1],
            affine: Affine::IDENTITY,
        };
        let mask = Mask::new(grid, |_| true);
        assert_eq!(heaviest_component(&mask, &[], &[]), (vec![], 0.0));
        assert_eq!(
            heaviest_component(&mask, &[0, 1], &[0.0, 0.0]),
            (vec![false; 2], 0.0)
        );
    }
}
