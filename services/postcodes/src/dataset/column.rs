//! Packed columns and string pools: views by offset into one byte image.

use serde::{Deserialize, Serialize};

/// Optional integers, each stored in the fewest bytes that the range of the column needs.
///
/// The stored value is `value - base + 1`, and 0 for none; an empty column takes no bytes. Columns that are written together
/// are interleaved by row, so that the values of a row are adjacent in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Column {
    offset: usize,
    width: usize,
    base: u32,
    rows: usize,
    /// Bytes from one row to the next.
    stride: usize,
}

/// The value of a row of a column to write.
pub(crate) type Value<'a> = &'a dyn Fn(usize) -> Option<u32>;

impl Column {
    /// Appends columns of `rows` rows to the image, interleaved, and returns their locations.
    pub(crate) fn write<const N: usize>(
        image: &mut Vec<u8>,
        rows: usize,
        values: [Value<'_>; N],
    ) -> [Self; N] {
        let mut columns = values.map(|value| Self::spanning(rows, value));
        let stride = columns.iter().map(|column| column.width).sum();
        let mut offset = image.len();
        for column in &mut columns {
            (column.offset, column.stride) = (offset, stride);
            offset += column.width;
        }
        image.reserve_exact(rows * stride);
        for row in 0..rows {
            for (column, value) in columns.iter().zip(values) {
                let stored = value(row).map_or(0, |value| (value - column.base).saturating_add(1));
                image.extend(stored.to_le_bytes().iter().take(column.width));
            }
        }
        columns
    }

    /// A column as wide as its values need, not yet located.
    fn spanning(rows: usize, value: Value<'_>) -> Self {
        let (base, top) = (0..rows)
            .filter_map(value)
            .fold((u32::MAX, 0), |(base, top), value| (base.min(value), top.max(value)));
        let width = match top.checked_sub(base) {
            None => 0,
            // One more than the range, because 0 means none.
            Some(span) => (1..4).find(|width| u64::from(span) + 1 < 1 << (8 * width)).unwrap_or(4),
        };
        Self { width, base, rows, ..Self::default() }
    }

    pub(crate) fn get(&self, image: &[u8], row: u32) -> Option<u32> {
        if self.width == 0 {
            return None;
        }
        let start = self.offset + usize::try_from(row).ok()? * self.stride;
        let bytes = image.get(start..)?;
        let stored = match bytes.first_chunk() {
            // Reads eight bytes at once and masks those that are not needed.
            Some(bytes) => u32::from_le_bytes(*bytes) & u32::MAX >> (32 - 8 * self.width.min(4)),
            None => bytes
                .get(..self.width)?
                .iter()
                .rev()
                .fold(0, |all, byte| all << 8 | u32::from(*byte)),
        };
        Some(stored.checked_sub(1)? + self.base)
    }

    /// Whether it is within an image of this size and has this number of rows.
    pub(crate) fn fits(&self, image_bytes: usize, rows: u32) -> bool {
        let last = self.rows.saturating_sub(1).checked_mul(self.stride);
        let end = last.and_then(|last| last.checked_add(self.offset)?.checked_add(self.width));
        self.width <= 4
            && self.width <= self.stride
            && usize::try_from(rows) == Ok(self.rows)
            && end.is_some_and(|end| end <= image_bytes)
    }
}

/// Concatenated texts, with their ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pool {
    ends_offset: usize,
    text_offset: usize,
    text_bytes: usize,
    texts: usize,
}

impl Pool {
    /// Appends the texts to the image and returns their location.
    pub(crate) fn write<'a>(image: &mut Vec<u8>, texts: impl Iterator<Item = &'a str>) -> Self {
        let mut all = String::new();
        let mut pool = Self { ends_offset: image.len(), ..Self::default() };
        for text in texts {
            all.push_str(text);
            let end = u32::try_from(all.len()).unwrap_or(u32::MAX);
            image.extend(end.to_le_bytes());
            pool.texts += 1;
        }
        pool.text_offset = image.len();
        pool.text_bytes = all.len();
        image.extend(all.bytes());
        pool
    }

    /// The text with a number; none if it is empty or there is no such number.
    pub(crate) fn get<'a>(&self, image: &'a [u8], number: u32) -> Option<&'a str> {
        // In a pool of empty texts, as of areas without names, there is no need to read the ends.
        let number = usize::try_from(number).ok().filter(|_| self.text_bytes > 0)?;
        let ends = image.get(self.ends_offset..self.text_offset)?;
        let end = end_of(ends, number)?;
        let start = number.checked_sub(1).map_or(Some(0), |before| end_of(ends, before))?;
        let bytes = image.get(self.text_offset + start..self.text_offset + end)?;
        std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty())
    }

    /// Whether it is within an image of this size.
    pub(crate) fn fits(&self, image_bytes: usize) -> bool {
        let ends = self.texts.checked_mul(4).and_then(|size| size.checked_add(self.ends_offset));
        let end = self.text_offset.checked_add(self.text_bytes);
        ends == Some(self.text_offset) && end.is_some_and(|end| end <= image_bytes)
    }
}

fn end_of(ends: &[u8], number: usize) -> Option<usize> {
    let bytes = ends.get(number * 4..)?.first_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::{Column, Pool};

    #[test]
    fn a_column_gives_back_what_it_was_given_in_the_fewest_bytes() {
        let cases: [(&[Option<u32>], usize); 6] = [
            (&[None, None], 0),
            (&[Some(7), None, Some(7)], 1),
            (&[Some(1_000_000), Some(1_000_254), None], 1),
            (&[Some(0), Some(255)], 2),
            (&[Some(0), None, Some(16_777_214)], 3),
            (&[Some(1), None, Some(u32::MAX)], 4),
        ];
        for (values, width) in cases {
            let mut image = vec![9; 3];
            let [column] = Column::write(&mut image, values.len(), [&|row| values[row]]);
            assert_eq!(image.len(), 3 + width * values.len(), "{values:?}");
            for (row, value) in (0..).zip(values) {
                assert_eq!(column.get(&image, row), *value, "{values:?} row {row}");
            }
            assert!(column.fits(image.len(), u32::try_from(values.len()).unwrap()));
            assert!(width == 0 || !column.fits(image.len() - 1, 2));
        }
    }

    #[test]
    fn columns_side_by_side_do_not_mix() {
        let mut image = vec![7];
        let narrow = |row: usize| (row != 1).then_some(5);
        let wide = |row: usize| Some([0, 70_000, 9][row]);
        let columns = Column::write(&mut image, 3, [&narrow, &|_| None, &wide]);
        assert_eq!(image.len(), 1 + 3 * (1 + 3));
        let found = columns.map(|column| [0, 1, 2].map(|row| column.get(&image, row)));
        assert_eq!(found[0], [Some(5), None, Some(5)]);
        assert_eq!(found[1], [None; 3]);
        assert_eq!(found[2], [Some(0), Some(70_000), Some(9)]);
        assert!(columns.iter().all(|column| column.fits(image.len(), 3)));
        assert!(!columns[2].fits(image.len() - 1, 3) && columns[0].fits(image.len() - 1, 3));
    }

    #[test]
    fn a_pool_gives_back_its_texts_and_nothing_for_empty_or_unknown_ones() {
        let mut image = vec![1, 2, 3];
        let pool = Pool::write(&mut image, ["Ynys Môn", "", "Oxford"].into_iter());
        assert_eq!(pool.get(&image, 0), Some("Ynys Môn"));
        assert_eq!(pool.get(&image, 1), None);
        assert_eq!(pool.get(&image, 2), Some("Oxford"));
        assert_eq!(pool.get(&image, 3), None);
        assert!(pool.fits(image.len()) && !pool.fits(image.len() - 1));
    }
}
