#import "common.wgsl"

// A scalar map. Interpolated by hand: 32-bit floats need not be filterable, "no data" must not bleed
// into its neighbours, and the threshold applies to the interpolated value, never to colours.

// 0 nearest, 1 linear, 2 cubic. Constants of the pipeline, so that the plain case costs nothing more.
override INTERPOLATION: u32 = 1u;
// 0 hide what does not pass, 1 fade it, 2 fade it and draw the contour of the threshold.
override MODE: u32 = 0u;
// Whether another map's values are tested.
override GATED: bool = false;

@group(1) @binding(0) var values: texture_3d<f32>;
// 1 where a voxel holds data. A single texel stands for "everywhere" (choice.w = 0).
@group(1) @binding(1) var validity: texture_3d<f32>;
// Largest magnitude in and around each brick of 8x8x8 voxels: most pixels end here.
@group(1) @binding(2) var bricks: texture_3d<f32>;
// The map whose threshold decides, where it is another one.
@group(2) @binding(0) var test_values: texture_3d<f32>;
@group(2) @binding(1) var test_validity: texture_3d<f32>;
@group(2) @binding(2) var test_bricks: texture_3d<f32>;

// No cubic sample is further from zero than this many times its 64 voxels: (5/4)^3, rounded up.
const CUBIC_OVERSHOOT: f32 = 1.96;
const ON_THRESHOLD: f32 = 2e-6;
const PLATEAU: f32 = 1e-5;

struct Sample {
    // Whether there is data.
    ok: bool,
    value: f32,
    gradient: vec3<f32>,
    // Largest magnitude around it, where that is known.
    most: f32,
}

fn nothing() -> Sample {
    return Sample(false, 0.0, vec3<f32>(0.0), 0.0);
}

// The largest magnitude a sample at a voxel coordinate can have.
fn ceiling(tops: texture_3d<f32>, voxel: vec3<f32>) -> f32 {
    let last = vec3<i32>(textureDimensions(tops)) - 1;
    if (INTERPOLATION == 2u) {
        let corner = vec3<i32>(floor(voxel));
        let low = clamp((corner - 1) >> vec3<u32>(3u), vec3<i32>(0), last);
        let high = clamp((corner + 2) >> vec3<u32>(3u), vec3<i32>(0), last);
        var most = 0.0;
        for (var n = 0; n < 8; n++) {
            let upper = vec3<i32>(n & 1, (n >> 1u) & 1, n >> 2u) == vec3<i32>(1);
            most = max(most, textureLoad(tops, select(low, high, upper), 0).r);
        }
        return CUBIC_OVERSHOOT * most;
    }
    let at = floor(voxel + select(0.0, 0.5, INTERPOLATION == 0u));
    let brick = max(vec3<i32>(at), vec3<i32>(0)) >> vec3<u32>(3u);
    return textureLoad(tops, min(brick, last), 0).r;
}

fn nearest(data: texture_3d<f32>, valid: texture_3d<f32>, holes: bool, voxel: vec3<f32>) -> Sample {
    let at = vec3<i32>(floor(voxel + 0.5));
    if (!inside(at, vec3<i32>(textureDimensions(data)))) {
        return nothing();
    }
    if (holes && textureLoad(valid, at, 0).r < 0.5) {
        return nothing();
    }
    let value = textureLoad(data, at, 0).r;
    return Sample(true, value, vec3<f32>(0.0), abs(value));
}

fn linear(data: texture_3d<f32>, valid: texture_3d<f32>, holes: bool, voxel: vec3<f32>) -> Sample {
    let size = vec3<i32>(textureDimensions(data));
    let base = floor(voxel);
    let corner = vec3<i32>(base);
    if (any(corner < vec3<i32>(-1)) || any(corner >= size)) {
        return nothing();
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
            var there = 1.0;
            if (holes) {
                there = textureLoad(valid, at, 0).r;
            }
            let upper = step == vec3<i32>(1);
            let w3 = select(1.0 - part, part, upper);
            let w = w3.x * w3.y * w3.z * there;
            // How the weight grows with each coordinate.
            let slope = select(vec3<f32>(-there), vec3<f32>(there), upper)
                * vec3<f32>(w3.y * w3.z, w3.x * w3.z, w3.x * w3.y);
            let v = textureLoad(data, at, 0).r;
            sum += w * v;
            weight += w;
            sum_slope += slope * v;
            weight_slope += slope;
            most = max(most, abs(v));
        }
    }
    if (weight < 0.5) {
        return nothing();
    }
    let value = sum / weight;
    return Sample(true, value, (sum_slope - value * weight_slope) / weight, most);
}

// Weights of Catmull-Rom's cubic for four samples, the place t between the middle two.
fn cubic_weights(t: f32) -> vec4<f32> {
    let t2 = t * t;
    let t3 = t2 * t;
    return vec4<f32>(
        -0.5 * t3 + t2 - 0.5 * t,
        1.5 * t3 - 2.5 * t2 + 1.0,
        -1.5 * t3 + 2.0 * t2 + 0.5 * t,
        0.5 * t3 - 0.5 * t2,
    );
}

fn cubic_slopes(t: f32) -> vec4<f32> {
    let t2 = t * t;
    return vec4<f32>(
        -1.5 * t2 + 2.0 * t - 0.5,
        4.5 * t2 - 5.0 * t,
        -4.5 * t2 + 4.0 * t + 0.5,
        1.5 * t2 - t,
    );
}

fn cubic(data: texture_3d<f32>, valid: texture_3d<f32>, holes: bool, voxel: vec3<f32>) -> Sample {
    let plain = linear(data, valid, holes, voxel);
    if (!plain.ok) {
        return plain;
    }
    let base = floor(voxel);
    let corner = vec3<i32>(base);
    let part = voxel - base;
    let last = vec3<i32>(textureDimensions(data)) - 1;
    var wx = cubic_weights(part.x);
    var wy = cubic_weights(part.y);
    var wz = cubic_weights(part.z);
    var dx = cubic_slopes(part.x);
    var dy = cubic_slopes(part.y);
    var dz = cubic_slopes(part.z);
    var value = 0.0;
    var gradient = vec3<f32>(0.0);
    for (var k = 0; k < 4; k++) {
        for (var j = 0; j < 4; j++) {
            var line = 0.0;
            var slope = 0.0;
            for (var i = 0; i < 4; i++) {
                let at = clamp(corner + vec3<i32>(i - 1, j - 1, k - 1), vec3<i32>(0), last);
                if (holes && textureLoad(valid, at, 0).r < 0.5) {
                    return plain;
                }
                let v = textureLoad(data, at, 0).r;
                line += wx[i] * v;
                slope += dx[i] * v;
            }
            value += wy[j] * wz[k] * line;
            gradient += vec3<f32>(wy[j] * wz[k] * slope, dy[j] * wz[k] * line, wy[j] * dz[k] * line);
        }
    }
    return Sample(true, value, gradient, 3.4e38);
}

fn take(data: texture_3d<f32>, valid: texture_3d<f32>, holes: bool, voxel: vec3<f32>) -> Sample {
    if (INTERPOLATION == 0u) {
        return nearest(data, valid, holes, voxel);
    } else if (INTERPOLATION == 2u) {
        return cubic(data, valid, holes, voxel);
    }
    return linear(data, valid, holes, voxel);
}

fn test_threshold(value: f32) -> f32 {
    return select(layer.positive.z, layer.negative.z, value < 0.0);
}

fn sign_bit(value: f32) -> u32 {
    return select(1u, 2u, value < 0.0);
}

// Whether a tested value passes, for voxels with hard edges.
fn passes(data: texture_3d<f32>, valid: texture_3d<f32>, holes: bool, voxel: vec3<f32>) -> bool {
    let found = nearest(data, valid, holes, voxel);
    return found.ok && (layer.test.x & sign_bit(found.value)) != 0u
        && abs(found.value) >= test_threshold(found.value);
}

// Whether the region that passes ends within a line's width.
fn edge_beside(data: texture_3d<f32>, valid: texture_3d<f32>, holes: bool, voxel: vec3<f32>) -> bool {
    let width = 2.0 * layer.look.z;
    let across = width * layer.test_step_x.xyz;
    let down = width * layer.test_step_y.xyz;
    return !(passes(data, valid, holes, voxel - across) && passes(data, valid, holes, voxel + across)
        && passes(data, valid, holes, voxel - down) && passes(data, valid, holes, voxel + down));
}

@fragment
fn draw(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let voxel = voxel_at(position.xy);
    let lowest = layer.look.y;
    let size = vec3<i32>(textureDimensions(values));
    let corner = vec3<i32>(floor(voxel));
    if (any(corner < vec3<i32>(-1)) || any(corner >= size)) {
        discard;
    }
    let top = ceiling(bricks, voxel);
    if (top == 0.0 || (MODE == 0u && !GATED && top < lowest)) {
        discard;
    }
    var test_voxel = voxel;
    if (GATED) {
        test_voxel = layer.test_origin.xyz + position.x * layer.test_step_x.xyz
            + position.y * layer.test_step_y.xyz;
        if (MODE == 0u && ceiling(test_bricks, test_voxel) < lowest) {
            discard;
        }
    }
    let own = take(values, validity, layer.choice.w == 1u, voxel);
    if (!own.ok) {
        discard;
    }
    var tested = own;
    if (GATED) {
        tested = take(test_values, test_validity, layer.test.y == 1u, test_voxel);
    }
    if (!tested.ok || (MODE == 0u && tested.most < lowest)) {
        discard;
    }
    let value = own.value;
    if (value == 0.0 || (layer.choice.z & sign_bit(value)) == 0u) {
        discard;
    }

    // How much of the pixel passes the threshold, how much of it a contour line covers, and the tested
    // value as a part of its threshold.
    var coverage = 0.0;
    var line = 0.0;
    var ratio = 0.0;
    if ((layer.test.x & sign_bit(tested.value)) != 0u) {
        let threshold = test_threshold(tested.value);
        if (threshold <= 0.0) {
            coverage = 1.0;
            ratio = 1.0;
        } else {
            let over = abs(tested.value) - threshold;
            ratio = abs(tested.value) / threshold;
            if (INTERPOLATION == 0u) {
                coverage = select(0.0, 1.0, over >= 0.0);
                if (MODE == 2u && coverage == 1.0) {
                    if (GATED) {
                        line = select(0.0, 1.0, edge_beside(test_values, test_validity, layer.test.y == 1u, test_voxel));
                    } else {
                        line = select(0.0, 1.0, edge_beside(values, validity, layer.choice.w == 1u, voxel));
                    }
                }
            } else {
                // The distance to the contour in pixels follows from the slope of the interpolated value.
                let slope = length(vec2<f32>(
                    dot(tested.gradient, layer.test_step_x.xyz),
                    dot(tested.gradient, layer.test_step_y.xyz),
                ));
                if (slope >= PLATEAU * threshold) {
                    let distance = over / slope;
                    coverage = clamp(distance + 0.5, 0.0, 1.0);
                    if (MODE == 2u) {
                        line = clamp(layer.look.z + 0.5 - abs(distance), 0.0, 1.0);
                    }
                } else {
                    coverage = select(0.0, 1.0, over >= -ON_THRESHOLD * threshold);
                }
            }
        }
    }
    var fill = coverage;
    if (MODE != 0u) {
        fill = coverage + (1.0 - coverage) * min(ratio * ratio, 1.0);
    }
    if (fill <= 0.0 && line <= 0.0) {
        discard;
    }

    let is_negative = value < 0.0;
    let range = select(layer.positive, layer.negative, is_negative);
    var magnitude = abs(value);
    if (MODE == 0u && !GATED) {
        // A pixel that the contour covers in part has the colour of the contour.
        magnitude = max(magnitude, range.z);
    }
    let span = range.y - range.x;
    let place = select(1.0, clamp((magnitude - range.x) / span, 0.0, 1.0), span > 0.0);
    let arm = select(layer.arms.xy, layer.arms.zw, is_negative);
    let row = select(layer.choice.x, layer.choice.y, is_negative);
    let opacity = layer.look.x;
    // The line is black: it stands out from the colours within and the anatomy without.
    let ink = opacity * fill * (1.0 - line);
    return vec4<f32>(colour_of(row, arm.x + arm.y * place) * ink, opacity * (fill * (1.0 - line) + line));
}
