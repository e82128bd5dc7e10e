#import "common.wgsl"

// A colour picture (RGB or RGBA voxels): nearest voxel, its own alpha times the layer's opacity.

@group(1) @binding(0) var picture: texture_3d<f32>;

@fragment
fn draw(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let voxel = vec3<i32>(floor(voxel_at(position.xy) + 0.5));
    if (!inside(voxel, vec3<i32>(textureDimensions(picture)))) {
        discard;
    }
    let texel = textureLoad(picture, voxel, 0);
    let alpha = texel.a * layer.look.x;
    return vec4<f32>(texel.rgb * alpha, alpha);
}
