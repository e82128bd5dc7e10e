//! Makes NIfTI files byte by byte, so that tests can also make wrong ones.

use std::io::Write as _;

/// A single-file NIfTI-1 in the making, little-endian, float32, sform code 4.
#[derive(Clone)]
pub struct Nifti {
    /// The 348 header bytes and the 4-byte extension flag.
    pub header: Vec<u8>,
    /// Everything after.
    pub body: Vec<u8>,
}

impl Nifti {
    /// A float32 volume with 2 mm voxels whose first axis runs from right to left.
    pub fn float32(shape: &[u16], values: &[f32]) -> Self {
        let body = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self::new(shape, 16, 32, body)
    }

    /// Any datatype.
    pub fn new(shape: &[u16], datatype: i16, bitpix: i16, body: Vec<u8>) -> Self {
        let mut made = Self {
            header: vec![0; 352],
            body,
        };
        made.i32(0, 348).i16(40, shape.len() as i16);
        for axis in 0..7 {
            made.i16(42 + 2 * axis, shape.get(axis).map_or(1, |&d| d as i16));
        }
        made.i16(70, datatype).i16(72, bitpix);
        for (n, size) in [1.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0]
            .into_iter()
            .enumerate()
        {
            made.f32(76 + 4 * n, size);
        }
        made.f32(108, 352.0).header[123] = 2;
        made.i16(254, 4);
        made.sform([
            [-2.0, 0.0, 0.0, 10.0],
            [0.0, 2.0, 0.0, -20.0],
            [0.0, 0.0, 2.0, -30.0],
        ]);
        made.header[344..348].copy_from_slice(b"n+1\0");
        made
    }

    pub fn i16(&mut self, at: usize, v: i16) -> &mut Self {
        self.header[at..at + 2].copy_from_slice(&v.to_le_bytes());
        self
    }

    pub fn i32(&mut self, at: usize, v: i32) -> &mut Self {
        self.header[at..at + 4].copy_from_slice(&v.to_le_bytes());
        self
    }

    pub fn f32(&mut self, at: usize, v: f32) -> &mut Self {
        self.header[at..at + 4].copy_from_slice(&v.to_le_bytes());
        self
    }

    pub fn sform(&mut self, rows: [[f32; 4]; 3]) -> &mut Self {
        for (n, v) in rows.iter().flatten().enumerate() {
            self.f32(280 + 4 * n, *v);
        }
        self
    }

    /// Quaternion b, c, d and offset, with a qform code.
    pub fn qform(&mut self, code: i16, bcd: [f32; 3], offset: [f32; 3]) -> &mut Self {
        self.i16(252, code);
        for n in 0..3 {
            self.f32(256 + 4 * n, bcd[n]).f32(268 + 4 * n, offset[n]);
        }
        self
    }

    pub fn scaling(&mut self, slope: f32, inter: f32) -> &mut Self {
        self.f32(112, slope).f32(116, inter)
    }

    pub fn bytes(&self) -> Vec<u8> {
        [self.header.as_slice(), &self.body].concat()
    }

    pub fn gz(&self) -> Vec<u8> {
        gzip(&self.bytes())
    }
}

/// One gzip member.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// `n` different values, positive and negative, not whole.
pub fn ramp(n: usize) -> Vec<f32> {
    (0..n)
        .map(|i| (i as f32 - n as f32 / 2.0) * 0.37 + 0.11)
        .collect()
}
