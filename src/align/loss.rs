//! Training losses over rows of a batch.

use candle_core::{D, DType, Tensor};

use super::AlignError;

/// Symmetric InfoNCE over unit rows: the mean of the cross entropies of rows and columns of
/// `scale · images · textsᵀ` with the diagonal as truth. The scale multiplies as it is (no
/// exponential), as both published models have it.
pub fn info_nce(images: &Tensor, texts: &Tensor, scale: &Tensor) -> Result<Tensor, AlignError> {
    let logits = images.matmul(&texts.t()?)?.broadcast_mul(scale)?;
    let truth = (images * texts)?.sum(1)?.broadcast_mul(scale)?.mean_all()?;
    let rows = log_sum_exp(&logits)?;
    let columns = log_sum_exp(&logits.t()?.contiguous()?)?;
    Ok((((rows + columns)? * 0.5)?.mean_all()? - truth)?)
}

/// log Σ exp of each row. The maximum is subtracted as a constant: its gradient cancels.
fn log_sum_exp(x: &Tensor) -> Result<Tensor, AlignError> {
    let max = x.max_keepdim(D::Minus1)?.detach();
    let sum = x.broadcast_sub(&max)?.exp()?.sum(D::Minus1)?;
    Ok((sum.log()? + max.squeeze(D::Minus1)?)?)
}

/// A scalar loss as a number.
pub fn value(loss: &Tensor) -> Result<f32, AlignError> {
    Ok(loss.to_dtype(DType::F32)?.to_scalar()?)
}
