#import "common.wgsl"

// A scalar map. Interpolated by hand: 32-bit floats need not be filterable, "no data" must not bleed
// into its neighbours, and the threshold applies to the interpolated value, never to colours.

@group(1) @binding(0) var values: texture_3d<f32>;
// 1 where a voxel holds data. A single texel stands for "everywhere" (choice.w = 0).
@group(1) @binding(1) var validity: texture_3d<f32>;
// Largest magnitude in and around each brick of 8x8x8 voxels: most pixels end here.
@group(1) @binding(2) var bricks: texture_3d<f32>;

@fragment
fn draw(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let voxel = voxel_at(position.xy);
    let size = vec3<i32>(textureDimensions(values));
    let base = floor(voxel);
    let corner = vec3<i32>(base);
    if (any(corner < vec3<i32>(-1)) || any(corner >= size)) {
        discard;
    }
    let threshold = layer.range.x;
    let ceiling = textureLoad(bricks, max(corner, vec3<i32>(0)) >> vec3<u32>(3u), 0).r;
    if (ceiling < threshold || ceiling == 0.0) {
        discard;
    }
    let part = voxel - base;
    var sum = 0.0;
    var weight = 0.0;
    for (var n = 0; n < 8; n++) {
        let step = vec3<i32>(n & 1, (n >> 1u) & 1, n >> 2u);
        let at = corner + step;
        if (inside(at, size)) {
            let w3 = select(1.0 - part, part, step == vec3<i32>(1));
            var w = w3.x * w3.y * w3.z;
            if (layer.choice.w == 1u) {
                w *= textureLoad(validity, at, 0).r;
            }
            sum += w * textureLoad(values, at, 0).r;
            weight += w;
        }
    }
    if (weight < 0.5) {
        discard;
    }
    let value = sum / weight;
    let magnitude = abs(value);
    let sign_bit = select(2u, 1u, value > 0.0);
    if (magnitude < threshold || magnitude == 0.0 || (layer.choice.z & sign_bit) == 0u) {
        discard;
    }
    let span = layer.range.y - threshold;
    let place = select(1.0, (magnitude - threshold) / span, span > 0.0);
    let row = select(layer.choice.y, layer.choice.x, value > 0.0);
    let opacity = layer.range.z;
    return vec4<f32>(colour_of(row, place) * opacity, opacity);
}
