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
    var sum_slope = vec3<f32>(0.0);
    var weight_slope = vec3<f32>(0.0);
    var most = 0.0;
    for (var n = 0; n < 8; n++) {
        let step = vec3<i32>(n & 1, (n >> 1u) & 1, n >> 2u);
        let at = corner + step;
        if (inside(at, size)) {
            var valid = 1.0;
            if (layer.choice.w == 1u) {
                valid = textureLoad(validity, at, 0).r;
            }
            let upper = step == vec3<i32>(1);
            let w3 = select(1.0 - part, part, upper);
            let w = w3.x * w3.y * w3.z * valid;
            // How the weight grows with each coordinate.
            let slope = select(vec3<f32>(-valid), vec3<f32>(valid), upper)
                * vec3<f32>(w3.y * w3.z, w3.x * w3.z, w3.x * w3.y);
            let v = textureLoad(values, at, 0).r;
            sum += w * v;
            weight += w;
            sum_slope += slope * v;
            weight_slope += slope;
            most = max(most, abs(v));
        }
    }
    if (weight < 0.5 || most < threshold) {
        discard;
    }
    let value = sum / weight;
    let magnitude = abs(value);
    let sign_bit = select(2u, 1u, value > 0.0);
    if (magnitude == 0.0 || (layer.choice.z & sign_bit) == 0u) {
        discard;
    }
    // A pixel on the contour of the threshold is covered in part: the distance to the contour in
    // pixels follows from the slope of the interpolated value.
    var coverage = 1.0;
    if (threshold > 0.0) {
        let gradient = (sum_slope - value * weight_slope) / weight;
        let per_pixel = length(vec2<f32>(
            dot(gradient, layer.step_x.xyz),
            dot(gradient, layer.step_y.xyz),
        ));
        coverage = clamp((magnitude - threshold) / max(per_pixel, 1e-12) + 0.5, 0.0, 1.0);
    }
    let span = layer.range.y - threshold;
    let place = select(1.0, (magnitude - threshold) / span, span > 0.0);
    let row = select(layer.choice.y, layer.choice.x, value > 0.0);
    let opacity = layer.range.z * coverage;
    return vec4<f32>(colour_of(row, place) * opacity, opacity);
}
