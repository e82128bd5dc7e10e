#import "common.wgsl"

// Anatomy: red is intensity (already 0 outside the head), green is coverage. Both are filtered by the
// hardware, which makes the colour premultiplied and the edge smooth on a black or a white canvas.

@group(1) @binding(0) var anatomy: texture_3d<f32>;

@fragment
fn draw(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let voxel = voxel_at(position.xy);
    let size = vec3<f32>(textureDimensions(anatomy));
    if (any(voxel < vec3<f32>(-0.5)) || any(voxel > size - 0.5)) {
        discard;
    }
    let texel = textureSampleLevel(anatomy, smooth_sampler, (voxel + 0.5) / size, 0.0);
    return vec4<f32>(texel.rrr, texel.g);
}
