#import "common.wgsl"

// Integer labels: nearest voxel, categorical colours, 0 is background.

@group(1) @binding(0) var labels: texture_3d<u32>;

@fragment
fn draw(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let voxel = vec3<i32>(floor(voxel_at(position.xy) + 0.5));
    if (!inside(voxel, vec3<i32>(textureDimensions(labels)))) {
        discard;
    }
    let label = textureLoad(labels, voxel, 0).r;
    if (label == 0u) {
        discard;
    }
    let colour = textureLoad(colours, vec2<i32>(i32((label - 1u) & 255u), i32(layer.choice.x)), 0).rgb;
    let opacity = layer.range.z;
    return vec4<f32>(colour * opacity, opacity);
}
