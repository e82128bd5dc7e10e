// Shared by every slice shader: the uniform of one layer and the way from a pixel to a voxel.

struct Layer {
    // Voxel coordinate = origin + x * step_x + y * step_y, x and y in target pixels (w unused).
    origin: vec4<f32>,
    step_x: vec4<f32>,
    step_y: vec4<f32>,
    // The same for the map whose threshold decides; equal to the above where that is the layer itself.
    test_origin: vec4<f32>,
    test_step_x: vec4<f32>,
    test_step_y: vec4<f32>,
    // Of positive and of negative values: begin and end of the colours, threshold of the tested value,
    // unused.
    positive: vec4<f32>,
    negative: vec4<f32>,
    // Where in the row the colours begin and how far they run: positive values, negative values.
    arms: vec4<f32>,
    // Opacity, lowest threshold of a tested value that can pass, half the width of a contour line in
    // pixels, unused.
    look: vec4<f32>,
    // Colour row of positive values, of negative values, signs drawn (1 positive, 2 negative),
    // 1 where a validity texture is bound.
    choice: vec4<u32>,
    // Signs of the tested value that pass, 1 where it has a validity texture, 1 where labels are drawn
    // as outlines, unused.
    test: vec4<u32>,
}

@group(0) @binding(0) var<uniform> layer: Layer;
@group(0) @binding(1) var colours: texture_2d<f32>;
@group(0) @binding(2) var smooth_sampler: sampler;

// One triangle that covers the target; the scissor cuts it to where the volume is.
@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

fn voxel_at(pixel: vec2<f32>) -> vec3<f32> {
    return layer.origin.xyz + pixel.x * layer.step_x.xyz + pixel.y * layer.step_y.xyz;
}

fn inside(voxel: vec3<i32>, size: vec3<i32>) -> bool {
    return all(voxel >= vec3<i32>(0)) && all(voxel < size);
}

// A colour of a 256-entry row, between two entries where the position falls between them.
fn colour_of(row: u32, position: f32) -> vec3<f32> {
    let x = clamp(position, 0.0, 1.0) * 255.0;
    let low = i32(floor(x));
    let high = min(low + 1, 255);
    let a = textureLoad(colours, vec2<i32>(low, i32(row)), 0).rgb;
    let b = textureLoad(colours, vec2<i32>(high, i32(row)), 0).rgb;
    return mix(a, b, x - f32(low));
}
