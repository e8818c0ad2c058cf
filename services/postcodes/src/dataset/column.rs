//! Packed columns and string pools: views by offset into one byte image.

use serde::{Deserialize, Serialize};

/// Optional whole numbers, each stored in the fewest whole bytes that the column's span needs.
///
/// Stored is `value - base + 1`, and 0 for none; a column with nothing in it takes no bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Column {
    offset: usize,
    width: usize,
    base: u32,
    rows: usize,
}

impl Column {
    /// Appends the values to the image and returns where they stand.
    pub(crate) fn write(image: &mut Vec<u8>, values: &[Option<u32>]) -> Self {
        let (base, top) = values
            .iter()
            .flatten()
            .fold((u32::MAX, 0), |(base, top), value| (base.min(*value), top.max(*value)));
        let width = match top.checked_sub(base) {
            None => 0,
            // One more than the span, since 0 means none.
            Some(span) => (1..4).find(|width| u64::from(span) + 1 < 1 << (8 * width)).unwrap_or(4),
        };
        let column = Self { offset: image.len(), width, base, rows: values.len() };
        for value in values {
            let stored = value.map_or(0, |value| (value - base).saturating_add(1));
            image.extend(stored.to_le_bytes().iter().take(width));
        }
        column
    }

    /// The value of a row.
    pub(crate) fn get(&self, image: &[u8], row: u32) -> Option<u32> {
        if self.width == 0 {
            return None;
        }
        let start = self.offset + usize::try_from(row).ok()? * self.width;
        let stored = image
            .get(start..start + self.width)?
            .iter()
            .rev()
            .fold(0_u32, |stored, byte| stored << 8 | u32::from(*byte));
        Some(stored.checked_sub(1)? + self.base)
    }

    /// Whether it lies within an image of so many bytes and has so many rows.
    pub(crate) fn fits(&self, image_bytes: usize, rows: u32) -> bool {
        let end = self.rows.checked_mul(self.width).and_then(|size| size.checked_add(self.offset));
        self.width <= 4
            && usize::try_from(rows) == Ok(self.rows)
            && end.is_some_and(|end| end <= image_bytes)
    }
}

/// Texts one after the other, with their ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pool {
    ends_offset: usize,
    text_offset: usize,
    text_bytes: usize,
    texts: usize,
}

impl Pool {
    /// Appends the texts to the image and returns where they stand.
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

    /// The text of a number; none when it is empty or there is no such number.
    pub(crate) fn get<'a>(&self, image: &'a [u8], number: u32) -> Option<&'a str> {
        let number = usize::try_from(number).ok()?;
        let ends = image.get(self.ends_offset..self.text_offset)?;
        let end = end_of(ends, number)?;
        let start = number.checked_sub(1).map_or(Some(0), |before| end_of(ends, before))?;
        let bytes = image.get(self.text_offset + start..self.text_offset + end)?;
        std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty())
    }

    /// Whether it lies within an image of so many bytes.
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
            let column = Column::write(&mut image, values);
            assert_eq!(image.len(), 3 + width * values.len(), "{values:?}");
            for (row, value) in (0..).zip(values) {
                assert_eq!(column.get(&image, row), *value, "{values:?} row {row}");
            }
            assert!(column.fits(image.len(), u32::try_from(values.len()).unwrap()));
            assert!(width == 0 || !column.fits(image.len() - 1, 2));
        }
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
