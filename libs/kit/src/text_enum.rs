//! Enums that are stored and sent as text.

/// Defines an enum with one text per variant for the database, JSON and parameters: `ALL`, `as_str`, `parse`,
/// `from_field`, [`serde::Serialize`], and diesel's conversions from and to `TEXT`. A query fails if the database has any
/// other text. The calling crate needs diesel and serde.
///
/// During an upgrade an older version reads what a newer one has written. Where a new value may come without a migration that
/// both versions know, let the row have a `String` and use the enum for writing and for filters only.
///
/// ```
/// kit::text_enum! {
///     /// The state of a campaign.
///     pub(crate) enum State { Draft = "draft", Live = "live" }
/// }
/// # fn main() {
/// assert_eq!(State::parse("live"), Some(State::Live));
/// assert_eq!(State::Draft.as_str(), "draft");
/// # }
/// ```
#[macro_export]
macro_rules! text_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        $vis enum $name { $($(#[$variant_meta])* $variant),+ }

        #[allow(dead_code, reason = "not every enum needs all of them")]
        impl $name {
            /// All values, in the order of the definition.
            $vis const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text in the database, in JSON and in parameters.
            $vis const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value that a text stands for, if any.
            $vis fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }

            /// The value of a field; the error lists the allowed values.
            $vis fn from_field(text: &str) -> Result<Self, contracts::values::InvalidValue> {
                Self::parse(text).ok_or_else(|| $crate::text_enum::unknown(&[$($text),+]))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<diesel::sql_types::Text, diesel::pg::Pg>::to_sql(self.as_str(), out)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn from_sql(
                bytes: <diesel::pg::Pg as diesel::backend::Backend>::RawValue<'_>,
            ) -> diesel::deserialize::Result<Self> {
                let text = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg>>::from_sql(bytes)?;
                Self::parse(&text).ok_or_else(|| concat!("unknown value of ", stringify!($name)).into())
            }
        }
    };
}

/// The error for a field whose value is not one of `texts`.
pub fn unknown(texts: &[&str]) -> contracts::values::InvalidValue {
    contracts::values::InvalidValue::with_detail(
        "unknown",
        format!("must be one of {}", texts.join(", ")),
    )
}
