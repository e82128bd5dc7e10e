//! The part of Python's pickle that a PyTorch state dict is written in.
//!
//! A pickle is a program that may call any function of the machine it is read on. This reader runs
//! nothing: it knows the few instructions and the few names a dictionary of tensors needs, makes no
//! object of anything else, and refuses the rest by name. What it makes lies in flat lists and refers
//! to one another by number, so that neither depth nor circles can exhaust the stack, and nothing is
//! allocated by a length that the file only claims. (candle's own reader reserves whatever a string
//! says it is long.)

use std::collections::HashMap;

/// A state dict of a thousand weights has less than a hundredth of this.
pub(super) const MAX_BYTES: usize = 8 << 20;
/// Weights of one file; NiCLIP has 31.
const MAX_TENSORS: usize = 100_000;
/// Dictionaries inside dictionaries.
const MAX_DEPTH: usize = 4;
/// Names under which training scripts keep the state dict among other things.
const STATE_KEYS: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// Element type of a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    F32,
    F16,
    BF16,
    F64,
    /// Counters and masks: known, and left out.
    Other,
}

/// A tensor: which numbers of which storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorRef {
    pub element: Element,
    /// Name of the storage's file within the archive.
    pub storage: String,
    /// Elements the storage holds.
    pub stored: u64,
    pub offset: u64,
    pub shape: Vec<u64>,
    pub strides: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    None,
    Bool,
    Int(i64),
    Float,
    Text(usize),
    Tuple(usize),
    List(usize),
    Dict(usize),
    Storage(usize),
    Tensor(usize),
    Global(Global),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Global {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage(Element),
}

fn global(module: &str, name: &str) -> Result<Global, String> {
    Ok(match (module, name) {
        ("collections", "OrderedDict") => Global::OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor,
        ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter,
        ("torch", "FloatStorage") => Global::Storage(Element::F32),
        ("torch", "HalfStorage") => Global::Storage(Element::F16),
        ("torch", "BFloat16Storage") => Global::Storage(Element::BF16),
        ("torch", "DoubleStorage") => Global::Storage(Element::F64),
        (
            "torch",
            "LongStorage" | "IntStorage" | "ShortStorage" | "CharStorage" | "ByteStorage"
            | "BoolStorage",
        ) => Global::Storage(Element::Other),
        _ => {
            return Err(format!(
                "it names {module}.{name}, which is no part of a state dict and is not run"
            ));
        }
    })
}

/// Element type, key and length of a storage.
type Storage = (Element, usize, u64);

#[derive(Default)]
struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    texts: Vec<String>,
    tuples: Vec<Vec<Value>>,
    lists: Vec<Vec<Value>>,
    dicts: Vec<Vec<(Value, Value)>>,
    storages: Vec<Storage>,
    tensors: Vec<TensorRef>,
}

/// The tensors of a pickled state dict by name, those of dictionaries within it joined by dots.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn tensors(bytes: &[u8]) -> Result<Vec<(String, TensorRef)>, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("its list of weights has {} bytes", bytes.len()));
    }
    let mut machine = Machine {
        rest: bytes,
        ..Machine::default()
    };
    let Value::Dict(root) = machine.run()? else {
        return Err("it holds something other than a dictionary of weights".into());
    };
    let inner = machine.dicts[root]
        .iter()
        .find_map(|(key, value)| match (key, value) {
            (Value::Text(key), Value::Dict(inner)) => STATE_KEYS
                .contains(&machine.texts[*key].as_str())
                .then_some(*inner),
            _ => None,
        });
    let mut out = Vec::new();
    machine.collect(inner.unwrap_or(root), "", MAX_DEPTH, &mut out)?;
    Ok(out)
}

impl Machine<'_> {
    fn run(&mut self) -> Result<Value, String> {
        loop {
            let at = self.take(1)?[0];
            match at {
                // PROTO, and FRAME of protocol 4.
                0x80 => drop(self.take(1)?),
                0x95 => drop(self.take(8)?),
                b'.' => return self.pop(),
                b'(' => self.marks.push(self.stack.len()),
                b'N' => self.stack.push(Value::None),
                0x88 | 0x89 => self.stack.push(Value::Bool),
                b'K' => {
                    let n = i64::from(self.take(1)?[0]);
                    self.stack.push(Value::Int(n));
                }
                b'M' => {
                    let n = u16::from_le_bytes(self.array()?);
                    self.stack.push(Value::Int(n.into()));
                }
                b'J' => {
                    let n = i32::from_le_bytes(self.array()?);
                    self.stack.push(Value::Int(n.into()));
                }
                0x8a => {
                    let length = usize::from(self.take(1)?[0]);
                    let n = long(self.take(length)?)?;
                    self.stack.push(Value::Int(n));
                }
                b'G' => {
                    self.take(8)?;
                    self.stack.push(Value::Float);
                }
                b'X' => {
                    let length = u32::from_le_bytes(self.array()?);
                    self.text(length as usize)?;
                }
                0x8c => {
                    let length = usize::from(self.take(1)?[0]);
                    self.text(length)?;
                }
                b'}' => {
                    self.dicts.push(Vec::new());
                    self.stack.push(Value::Dict(self.dicts.len() - 1));
                }
                b']' => {
                    self.lists.push(Vec::new());
                    self.stack.push(Value::List(self.lists.len() - 1));
                }
                b')' => self.tuple(Vec::new()),
                0x85..=0x87 => {
                    let from = self.stack.len().checked_sub(usize::from(at - 0x84));
                    let items = self.stack.split_off(from.ok_or(DAMAGED)?);
                    self.tuple(items);
                }
                b't' => {
                    let items = self.since_mark()?;
                    self.tuple(items);
                }
                b'q' => {
                    let n = u32::from(self.take(1)?[0]);
                    self.memoise(n)?;
                }
                b'r' => {
                    let n = u32::from_le_bytes(self.array()?);
                    self.memoise(n)?;
                }
                0x94 => self.memoise(self.memo.len() as u32)?,
                b'h' => {
                    let n = u32::from(self.take(1)?[0]);
                    self.recall(n)?;
                }
                b'j' => {
                    let n = u32::from_le_bytes(self.array()?);
                    self.recall(n)?;
                }
                b'a' => {
                    let item = self.pop()?;
                    self.append(vec![item])?;
                }
                b'e' => {
                    let items = self.since_mark()?;
                    self.append(items)?;
                }
                b's' => {
                    let value = self.pop()?;
                    let key = self.pop()?;
                    self.set(&[key, value])?;
                }
                b'u' => {
                    let items = self.since_mark()?;
                    self.set(&items)?;
                }
                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.stack.push(Value::Global(global(&module, &name)?));
                }
                0x93 => {
                    let (name, module) = (self.pop_text()?, self.pop_text()?);
                    let named = global(&self.texts[module], &self.texts[name])?;
                    self.stack.push(Value::Global(named));
                }
                b'Q' => self.persistent()?,
                b'R' => self.reduce()?,
                // The attributes of an ordered dictionary (versions of layers): of no use here.
                b'b' => {
                    self.pop()?;
                    if !matches!(self.stack.last(), Some(Value::Dict(_))) {
                        return Err(
                            "it sets attributes of something other than a dictionary".into()
                        );
                    }
                }
                other => {
                    return Err(format!(
                        "its pickle holds the instruction {other:#04x}, which no state dict needs"
                    ));
                }
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<&[u8], String> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or("its pickle ends early")?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| DAMAGED.to_owned())
    }

    fn text(&mut self, length: usize) -> Result<(), String> {
        let bytes = self.take(length)?;
        let text = std::str::from_utf8(bytes).map_err(|_| "a name in its pickle is no text")?;
        let text = text.to_owned();
        self.texts.push(text);
        self.stack.push(Value::Text(self.texts.len() - 1));
        Ok(())
    }

    fn line(&mut self) -> Result<String, String> {
        let length = self.rest.iter().position(|&b| b == b'\n').ok_or(DAMAGED)?;
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.take(1)?;
        Ok(text)
    }

    fn tuple(&mut self, items: Vec<Value>) {
        self.tuples.push(items);
        self.stack.push(Value::Tuple(self.tuples.len() - 1));
    }

    fn pop(&mut self) -> Result<Value, String> {
        // Below a mark lies what the mark keeps.
        let kept = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= kept {
            return Err(DAMAGED.into());
        }
        self.stack.pop().ok_or_else(|| DAMAGED.into())
    }

    fn pop_text(&mut self) -> Result<usize, String> {
        match self.pop()? {
            Value::Text(text) => Ok(text),
            _ => Err(DAMAGED.into()),
        }
    }

    fn since_mark(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len());
        Ok(self.stack.split_off(mark.ok_or(DAMAGED)?))
    }

    fn memoise(&mut self, number: u32) -> Result<(), String> {
        let value = *self.stack.last().ok_or(DAMAGED)?;
        self.memo.insert(number, value);
        Ok(())
    }

    fn recall(&mut self, number: u32) -> Result<(), String> {
        let value = *self.memo.get(&number).ok_or(DAMAGED)?;
        self.stack.push(value);
        Ok(())
    }

    fn append(&mut self, items: Vec<Value>) -> Result<(), String> {
        match self.stack.last() {
            Some(Value::List(list)) => self.lists[*list].extend(items),
            _ => return Err(DAMAGED.into()),
        }
        Ok(())
    }

    fn set(&mut self, items: &[Value]) -> Result<(), String> {
        let (pairs, []) = items.as_chunks::<2>() else {
            return Err(DAMAGED.into());
        };
        match self.stack.last() {
            Some(Value::Dict(dict)) => {
                self.dicts[*dict].extend(pairs.iter().map(|&[key, value]| (key, value)));
            }
            _ => return Err(DAMAGED.into()),
        }
        Ok(())
    }

    /// `('storage', torch.FloatStorage, '0', 'cpu', 1024)`.
    fn persistent(&mut self) -> Result<(), String> {
        let Value::Tuple(tuple) = self.pop()? else {
            return Err(DAMAGED.into());
        };
        let &[
            Value::Text(word),
            Value::Global(Global::Storage(element)),
            Value::Text(key),
            Value::Text(_),
            Value::Int(length),
        ] = self.tuples[tuple].as_slice()
        else {
            return Err("it refers to something other than a storage of numbers".into());
        };
        if self.texts[word] != "storage" {
            return Err("it refers to something other than a storage of numbers".into());
        }
        let length = u64::try_from(length).map_err(|_| DAMAGED)?;
        self.storages.push((element, key, length));
        self.stack.push(Value::Storage(self.storages.len() - 1));
        Ok(())
    }

    fn reduce(&mut self) -> Result<(), String> {
        let arguments = self.pop()?;
        let (Value::Tuple(tuple), Value::Global(called)) = (arguments, self.pop()?) else {
            return Err("it calls something that is no function".into());
        };
        let made = match (called, self.tuples[tuple].as_slice()) {
            (Global::OrderedDict, []) => {
                self.dicts.push(Vec::new());
                Value::Dict(self.dicts.len() - 1)
            }
            (Global::RebuildParameter, [data @ Value::Tensor(_), ..]) => *data,
            (
                Global::RebuildTensor,
                &[
                    Value::Storage(storage),
                    Value::Int(offset),
                    Value::Tuple(shape),
                    Value::Tuple(strides),
                    ..,
                ],
            ) => {
                let (element, key, stored) = self.storages[storage];
                self.tensors.push(TensorRef {
                    element,
                    storage: self.texts[key].clone(),
                    stored,
                    offset: u64::try_from(offset).map_err(|_| DAMAGED)?,
                    shape: self.lengths(shape)?,
                    strides: self.lengths(strides)?,
                });
                if self.tensors.len() > MAX_TENSORS {
                    return Err(format!("it holds more than {MAX_TENSORS} weights"));
                }
                Value::Tensor(self.tensors.len() - 1)
            }
            _ => return Err("it calls a function in a way that no state dict does".into()),
        };
        self.stack.push(made);
        Ok(())
    }

    fn lengths(&self, tuple: usize) -> Result<Vec<u64>, String> {
        let length = |value: &Value| match value {
            Value::Int(n) => u64::try_from(*n).map_err(|_| DAMAGED.to_owned()),
            _ => Err(DAMAGED.to_owned()),
        };
        self.tuples[tuple].iter().map(length).collect()
    }

    fn collect(
        &self,
        dict: usize,
        prefix: &str,
        depth: usize,
        out: &mut Vec<(String, TensorRef)>,
    ) -> Result<(), String> {
        for (key, value) in &self.dicts[dict] {
            let Value::Text(key) = key else {
                continue;
            };
            let name = || format!("{prefix}{}", self.texts[*key]);
            match value {
                Value::Tensor(tensor) => out.push((name(), self.tensors[*tensor].clone())),
                Value::Dict(inner) if depth > 0 => {
                    self.collect(*inner, &format!("{}.", name()), depth - 1, out)?;
                }
                _ => {}
            }
            // One dictionary may stand in many places.
            if out.len() > MAX_TENSORS {
                return Err(format!("it holds more than {MAX_TENSORS} weights"));
            }
        }
        Ok(())
    }
}

const DAMAGED: &str = "its pickle is damaged";

/// A whole number of up to eight bytes, two's complement.
fn long(bytes: &[u8]) -> Result<i64, String> {
    let mut wide = match bytes.last() {
        Some(last) if last & 0x80 != 0 => [0xff; 8],
        _ => [0; 8],
    };
    wide.get_mut(..bytes.len())
        .ok_or("a number in its pickle is too long")?
        .copy_from_slice(bytes);
    Ok(i64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REAL: &[u8] = include_bytes!("../../tests/fixtures/niclip/real_widths.pkl");

    #[test]
    fn the_weights_of_the_published_widths_are_listed() {
        let found = tensors(REAL).unwrap();
        assert_eq!(found.len(), 27);
        let projection = &found
            .iter()
            .find(|(name, _)| name == "text_model.model.0.projection.weight")
            .unwrap()
            .1;
        assert_eq!(projection.shape, [512, 4096]);
        assert_eq!(projection.strides, [4096, 1]);
        assert_eq!(projection.element, Element::F32);
        let total: u64 = found
            .iter()
            .map(|(_, t)| t.shape.iter().product::<u64>())
            .sum();
        assert_eq!(total, 3_679_744 + 1);
    }

    fn told(pickle: &[u8]) -> String {
        tensors(pickle).unwrap_err()
    }

    #[test]
    fn nothing_is_run_and_what_is_foreign_is_named() {
        assert!(told(b"cos\nsystem\n(X\x04\0\0\0truetR.").contains("os.system"));
        assert!(told(b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.").contains("builtins.eval"));
        assert!(told(b"ccollections\ndefaultdict\n.").contains("collections.defaultdict"));
        assert!(told(b"i").contains("0x69"));
        assert!(told(b"X\xff\xff\xff\xff").contains("ends early"));
        assert!(told(b"K\x01.").contains("other than a dictionary"));
        assert!(told(b"").contains("ends early"));
        assert!(told(&vec![b'N'; MAX_BYTES + 1]).contains("bytes"));
    }

    #[test]
    fn depth_and_circles_are_harmless() {
        // A tuple within a tuple, as often as fit.
        let mut deep = vec![b')'];
        deep.resize(1_000_000, 0x85);
        deep.push(b'.');
        assert!(told(&deep).contains("other than a dictionary"));
        // A dictionary that holds itself.
        assert_eq!(tensors(b"}q\0X\x01\0\0\0ah\0s."), Ok(Vec::new()));
        assert_eq!(long(&[0xff]), Ok(-1));
        assert_eq!(long(&[0, 1]), Ok(256));
        assert!(long(&[0; 9]).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn changed_and_cut_pickles_never_panic(
            changes in proptest::collection::vec((0..REAL.len(), any::<u8>()), 1..4),
            cut in 0..REAL.len(),
        ) {
            let mut bytes = REAL.to_vec();
            for (at, to) in changes {
                bytes[at] = to;
            }
            let _ = tensors(&bytes);
            bytes.truncate(cut);
            let _ = tensors(&bytes);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b'('), Just(b'}'), Just(b')'), Just(b'N'), Just(b'u'), Just(b't'),
                Just(b'R'), Just(b'q'), Just(b'h'), Just(0x85), Just(b'.')], 0..60)) {
            let _ = tensors(&bytes);
        }
    }
}
