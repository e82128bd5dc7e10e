#import "common.wgsl"

// Integer labels: nearest voxel, categorical colours, 0 is background.

@group(1) @binding(0) var labels: texture_3d<u32>;

// The label at a voxel coordinate; background outside the grid.
fn label_at(voxel: vec3<f32>) -> u32 {
    let at = vec3<i32>(floor(voxel + 0.5));
    if (!inside(at, vec3<i32>(textureDimensions(labels)))) {
        return 0u;
    }
    return textureLoad(labels, at, 0).r;
}

@fragment
fn draw(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let voxel = voxel_at(position.xy);
    let label = label_at(voxel);
    if (label == 0u) {
        discard;
    }
    if (layer.test.z == 1u) {
        // Only where another label begins within a line's width.
        let width = 2.0 * layer.look.z;
        let across = width * layer.step_x.xyz;
        let down = width * layer.step_y.xyz;
        if (label_at(voxel - across) == label && label_at(voxel + across) == label
            && label_at(voxel - down) == label && label_at(voxel + down) == label) {
            discard;
        }
    }
    let colour = textureLoad(colours, vec2<i32>(i32((label - 1u) & 255u), i32(layer.choice.x)), 0).rgb;
    let opacity = layer.look.x;
    return vec4<f32>(colour * opacity, opacity);
}
