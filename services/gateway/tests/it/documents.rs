//! The API description as caches and clients ask for it.

use crate::support::{get_with, suite};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_description_is_not_sent_again_to_whoever_has_it() {
    let suite = suite().await;
    let nobody = suite.nobody();
    let path = "/openapi.json";
    let full = nobody.get(path).await;
    let tag = full.header("etag").to_owned();
    assert_eq!((full.status, full.header("content-type")), (200, "application/json"));
    for known in
        [tag.clone(), format!("W/{tag}"), format!("\"other\", W/{tag} , \"x\""), "*".to_owned()]
    {
        let answer = get_with(&nobody, path, &[("if-none-match", &known)]).await;
        assert_eq!((answer.status, answer.text.as_str()), (304, ""), "{known}");
        for name in ["etag", "cache-control", "vary"] {
            assert_eq!(answer.header(name), full.header(name), "{known} {name}");
        }
    }
    for other in ["\"other\"", "\"\"", tag.trim_matches('"')] {
        let answer = get_with(&nobody, path, &[("if-none-match", other)]).await;
        assert_eq!((answer.status, answer.text.len()), (200, full.text.len()), "{other}");
    }
}
