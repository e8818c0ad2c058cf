//! Enums as text, defined from outside of the kit.

kit::text_enum! {
    enum Colour { Red = "red", DarkBlue = "dark_blue" }
}

#[test]
fn every_value_is_read_as_it_is_written_and_nothing_else_is() {
    for colour in Colour::ALL {
        assert_eq!(Colour::parse(colour.as_str()), Some(*colour));
        assert_eq!(serde_json::to_value(colour).unwrap(), colour.as_str());
    }
    assert_eq!(Colour::parse("Red"), None);
    let error = Colour::from_field("green").unwrap_err();
    assert_eq!((error.code, &*error.detail), ("unknown", "must be one of red, dark_blue"));
}
