//! Every row that is inserted has one statement, which is prepared once for each connection. By default diesel leaves out the
//! columns without a value, and then never keeps the statement: each insert is parsed and planned again.

use super::Finding;
use super::tree::{Tree, numbered};

const ATTRIBUTE: &str = "treat_none_as_default_value = false";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust().flat_map(|(path, text)| of_file(path, text)).collect()
}

fn of_file(path: &str, text: &str) -> Vec<Finding> {
    let derives = numbered(text).filter(|(_, line)| {
        line.trim_start().starts_with("#[derive(") && line.contains("Insertable")
    });
    let has_attribute = |line: usize| {
        let attributes = text.lines().skip(line).take_while(|line| !line.contains("struct "));
        attributes.collect::<String>().contains(ATTRIBUTE)
    };
    let missing = derives.filter(|(line, _)| !has_attribute(*line));
    let says = format!("write `{ATTRIBUTE}`: the statement is then prepared once");
    missing.map(|(line, _)| Finding::new(path, line, "inserts", says.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_whose_inserts_are_never_prepared_is_found() {
        let row = |attribute: &str| {
            format!(
                "#[derive(Queryable, Insertable)]\n#[diesel(table_name = notes{attribute})]\nstruct Row {{\n"
            )
        };
        let lines = |attribute: &str| of_file("services/x/src/store.rs", &row(attribute)).len();
        assert_eq!(lines(""), 1);
        assert_eq!(lines(", treat_none_as_default_value = false"), 0);
    }
}
