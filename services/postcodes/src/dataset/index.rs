//! From a postcode to its row: a bit for each possible inward code of an outcode, and ranks.
//!
//! Rows are in the order of their postcodes, so the row of a postcode is the number of set bits before its own, and no keys
//! are stored. A look-up touches a table of outcodes and one cache line: a few words with their ranks.

use std::ops::Range;

use contracts::values::postcode::{INWARD_CODES, OUTCODES, Postcode};
use serde::{Deserialize, Serialize};

/// Number of words of 64 inward codes for an outcode.
const WORDS: usize = 106;
const _: () = assert!(WORDS * 64 >= 6760 && INWARD_CODES == 6760, "every inward code needs a bit");

/// Words in a line: with their ranks they fill a cache line.
const LINE: usize = 6;
/// Lines for an outcode.
const LINES: usize = WORDS.div_ceil(LINE);

/// Inward codes of a sector, which all start with the same digit.
const SECTOR: u32 = INWARD_CODES / 10;

/// The location of the index in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Section {
    outcodes_offset: usize,
    words_offset: usize,
    outcodes: usize,
}

#[derive(Debug)]
pub(crate) struct Index {
    /// Number of the outcode in the file, by [`Postcode::outcode_number`]; `ABSENT` if it is not in the file.
    slots: Vec<u16>,
    /// `LINES` for each outcode.
    lines: Vec<Line>,
    /// Rows before each outcode.
    firsts: Vec<u32>,
    /// The outcodes that exist, in order.
    outcodes: Vec<u32>,
    rows: u32,
}

/// Words of the file, and the rows before each.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Line {
    words: [u64; LINE],
    /// Rows before the line.
    rank: u32,
    /// Rows of the line before each word.
    before: [u16; LINE],
}

const _: () = assert!(size_of::<Line>() == 64, "a line is a cache line");

const ABSENT: u16 = u16::MAX;

impl Section {
    /// Appends the index of sorted postcodes without duplicates.
    pub(crate) fn write(image: &mut Vec<u8>, postcodes: &[Postcode]) -> Self {
        let groups =
            || postcodes.chunk_by(|one, other| one.outcode_number() == other.outcode_number());
        let outcodes_offset = image.len();
        for first in groups().filter_map(|group| group.first()) {
            image.extend(first.outcode_number().to_le_bytes());
        }
        let words_offset = image.len();
        for group in groups() {
            let mut words = [0_u64; WORDS];
            for postcode in group {
                let (word, bit) = place(*postcode);
                if let Some(word) = words.get_mut(word) {
                    *word |= bit;
                }
            }
            image.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        Self { outcodes_offset, words_offset, outcodes: groups().count() }
    }
}

impl Index {
    /// Reads the words and computes the ranks; none if the section is not within the image.
    pub(crate) fn load(image: &[u8], section: Section) -> Option<Self> {
        let mut slots = vec![ABSENT; usize::try_from(OUTCODES).ok()?];
        let outcodes: Vec<u32> = image
            .get(section.outcodes_offset..)?
            .get(..section.outcodes.checked_mul(4)?)?
            .chunks_exact(4)
            .filter_map(|bytes| bytes.first_chunk())
            .map(|bytes| u32::from_le_bytes(*bytes))
            .collect();
        for (slot, outcode) in (0_u16..ABSENT).zip(&outcodes) {
            *slots.get_mut(usize::try_from(*outcode).ok()?)? = slot;
        }
        let words = image.get(section.words_offset..)?;
        let words = words.get(..section.outcodes.checked_mul(WORDS * 8)?)?;
        let (mut lines, mut rows) = (Vec::with_capacity(section.outcodes * LINES), 0);
        for outcode in words.chunks_exact(WORDS * 8) {
            lines.extend(outcode.chunks(LINE * 8).map(|words| Line::read(words, &mut rows)));
        }
        let firsts = lines.iter().step_by(LINES).map(|line| line.rank).collect();
        Some(Self { slots, lines, firsts, outcodes, rows })
    }

    pub(crate) fn rows(&self) -> u32 {
        self.rows
    }

    /// The row of a postcode.
    pub(crate) fn row(&self, postcode: Postcode) -> Option<u32> {
        let slot = *self.slots.get(usize::try_from(postcode.outcode_number()).ok()?)?;
        if slot == ABSENT {
            return None;
        }
        let (word, bit) = place(postcode);
        let line = self.lines.get(usize::from(slot) * LINES + word / LINE)?;
        let (bits, rank) = line.word(word % LINE)?;
        (bits & bit != 0).then(|| rank + (bits & (bit - 1)).count_ones())
    }

    /// The postcodes of an outcode with their rows, in order.
    pub(crate) fn of_outcode(&self, outcode: u32) -> impl Iterator<Item = (Postcode, u32)> {
        self.of_inward(outcode, 0..INWARD_CODES)
    }

    /// The same for the inward codes that start with a digit.
    pub(crate) fn of_sector(
        &self,
        outcode: u32,
        digit: u32,
    ) -> impl Iterator<Item = (Postcode, u32)> {
        self.of_inward(outcode, digit * SECTOR..(digit + 1) * SECTOR)
    }

    fn of_inward(&self, outcode: u32, inward: Range<u32>) -> impl Iterator<Item = (Postcode, u32)> {
        let exists = self.outcodes.binary_search(&outcode).is_ok();
        let inward = if exists { inward } else { 0..0 };
        inward.filter_map(move |inward| {
            let postcode = Postcode::from_numbers(outcode, inward)?;
            Some((postcode, self.row(postcode)?))
        })
    }

    pub(crate) fn postcode(&self, row: u32) -> Option<Postcode> {
        let slot = self.firsts.partition_point(|first| *first <= row).checked_sub(1)?;
        let lines = self.lines.get(slot * LINES..)?.get(..LINES)?;
        // The last line, and the last word in it, that start at or before the row: the others that do are empty.
        let line = lines.partition_point(|line| line.rank <= row).checked_sub(1)?;
        let of_line = lines.get(line)?;
        let ranks = of_line.before.map(|before| of_line.rank + u32::from(before));
        let word = ranks.partition_point(|rank| *rank <= row).checked_sub(1)?;
        let (mut bits, rank) = of_line.word(word)?;
        for _ in 0..row.checked_sub(rank)? {
            bits &= bits.checked_sub(1)?;
        }
        let bit = (bits != 0).then(|| bits.trailing_zeros())?;
        let inward = u32::try_from((line * LINE + word) * 64).ok()? + bit;
        Postcode::from_numbers(*self.outcodes.get(slot)?, inward)
    }

    /// The outcodes that exist, in order.
    pub(crate) fn outcodes(&self) -> &[u32] {
        &self.outcodes
    }
}

impl Line {
    /// Reads up to `LINE` words after `rows` rows, and adds their rows.
    fn read(bytes: &[u8], rows: &mut u32) -> Self {
        let mut line = Self { rank: *rows, ..Self::default() };
        let words = bytes.chunks_exact(8).filter_map(|bytes| bytes.first_chunk());
        let mut words = words.map(|bytes| u64::from_le_bytes(*bytes));
        let mut count = 0;
        for (word, before) in line.words.iter_mut().zip(&mut line.before) {
            (*word, *before) = (words.next().unwrap_or(0), count);
            count += u16::try_from(word.count_ones()).unwrap_or(0);
        }
        *rows += u32::from(count);
        line
    }

    /// A word, and the number of rows before it.
    fn word(&self, word: usize) -> Option<(u64, u32)> {
        Some((*self.words.get(word)?, self.rank + u32::from(*self.before.get(word)?)))
    }
}

fn place(postcode: Postcode) -> (usize, u64) {
    let inward = postcode.inward_number();
    (usize::try_from(inward / 64).unwrap_or(WORDS), 1 << (inward % 64))
}

#[cfg(test)]
mod tests {
    use super::{Index, Section};
    use contracts::values::postcode::Postcode;

    #[test]
    fn every_postcode_has_its_own_row_and_other_postcodes_have_none() {
        let texts =
            ["AB10 0AA", "AB10 1AB", "AB10 1AC", "AB10 9ZZ", "M1 1AA", "M11 1AA", "SE1P 5ZZ"];
        let postcodes: Vec<_> = texts.iter().map(|text| Postcode::parse(text).unwrap()).collect();
        let mut image = vec![0; 5];
        let section = Section::write(&mut image, &postcodes);
        let index = Index::load(&image, section).unwrap();
        assert_eq!(index.rows(), 7);
        for (row, postcode) in (0..).zip(&postcodes) {
            assert_eq!(index.row(*postcode), Some(row));
            assert_eq!(index.postcode(row), Some(*postcode));
        }
        assert_eq!(index.postcode(7), None);
        for absent in ["AB10 1AA", "AB1 0AA", "M1 1AB", "ZZ99 9ZZ"] {
            assert_eq!(index.row(Postcode::parse(absent).unwrap()), None, "{absent}");
        }
        let aberdeen = postcodes[0].outcode_number();
        let rows: Vec<u32> = index.of_outcode(aberdeen).map(|(_, row)| row).collect();
        assert_eq!(rows, [0, 1, 2, 3]);
    }

    #[test]
    fn a_section_beyond_the_image_is_rejected() {
        let mut image = Vec::new();
        let section = Section::write(&mut image, &[Postcode::parse("M1 1AA").unwrap()]);
        image.pop();
        assert!(Index::load(&image, section).is_none());
    }
}
