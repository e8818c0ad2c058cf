//! Packs a folder into an image by buildah, without a daemon and without a registry. The same files give the same digest.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::stack::process;

/// An image to be made from a folder with a `Containerfile`.
pub(crate) struct Build<'a> {
    pub(crate) context: &'a Path,
    pub(crate) name: &'a str,
    pub(crate) arguments: &'a [(&'a str, &'a str)],
    pub(crate) log: &'a Path,
}

/// What a registry would have of an image.
pub(super) struct Size {
    pub(super) digest: String,
    /// Compressed.
    pub(super) megabytes: f64,
}

impl Build<'_> {
    /// Makes the image as an OCI layout, a folder, and as an archive of that.
    pub(crate) fn pack(&self, layout: &Path, archive: &Path) -> anyhow::Result<()> {
        let storage = self.context.with_extension("storage");
        remove(&storage)?;
        remove(layout)?;
        let made = self.build(&storage).and_then(|()| self.push(&storage, layout));
        remove(&storage)?;
        made?;
        self.archive(layout, archive)
    }

    fn build(&self, storage: &Path) -> anyhow::Result<()> {
        let mut build = buildah(storage);
        // The isolation and the driver that need the least of the machine. Time 0 for all files, so that builds are equal.
        build.args(["build", "--isolation", "chroot", "--timestamp", "0", "--format", "oci"]);
        build.args(["--identity-label=false", "--tag", self.name]);
        for (name, value) in self.arguments {
            build.arg("--build-arg").arg(format!("{name}={value}"));
        }
        build.arg(self.context);
        process::run("buildah build", &mut build, self.log)
    }

    fn push(&self, storage: &Path, layout: &Path) -> anyhow::Result<()> {
        let mut push = buildah(storage);
        push.args(["push", "--quiet", self.name]);
        push.arg(format!("oci:{}:{}", layout.display(), self.name));
        process::run("buildah push", &mut push, self.log)
    }

    fn archive(&self, layout: &Path, archive: &Path) -> anyhow::Result<()> {
        let mut tar = Command::new("tar");
        tar.args(["--create", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--file"]);
        tar.arg(archive).arg("--directory").arg(layout).arg(".");
        process::run("tar", &mut tar, self.log)
    }
}

/// The digest and the size of the one image of a layout.
pub(super) fn size(layout: &Path) -> anyhow::Result<Size> {
    let read = |file: &Path| -> anyhow::Result<Value> {
        let text = fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("failed to parse {}", file.display()))
    };
    let index = read(&layout.join("index.json"))?;
    let digest = index.pointer("/manifests/0/digest").and_then(Value::as_str);
    let digest = digest.context("the layout has no image")?;
    let manifest = read(&layout.join("blobs").join(digest.replace(':', "/")))?;
    let layers = manifest.get("layers").and_then(Value::as_array).into_iter().flatten();
    let bytes = layers.filter_map(|layer| layer.get("size")?.as_f64()).sum::<f64>();
    Ok(Size { digest: digest.to_owned(), megabytes: bytes / 1e6 })
}

/// buildah with a storage of its own.
fn buildah(storage: &Path) -> Command {
    let mut buildah = Command::new("buildah");
    buildah.args(["--storage-driver", "vfs", "--root"]).arg(storage.join("root"));
    buildah.arg("--runroot").arg(storage.join("run"));
    buildah
}

fn remove(dir: &Path) -> anyhow::Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("failed to remove {}", dir.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_reports_its_digest_and_the_sum_of_its_layers() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("blobs/sha256")).unwrap();
        let index = r#"{"manifests": [{"digest": "sha256:ab"}]}"#;
        fs::write(dir.path().join("index.json"), index).unwrap();
        let manifest = r#"{"layers": [{"size": 1500000}, {"size": 500000}]}"#;
        fs::write(dir.path().join("blobs/sha256/ab"), manifest).unwrap();
        let size = size(dir.path()).unwrap();
        assert_eq!(size.digest, "sha256:ab");
        assert!((size.megabytes - 2.0).abs() < 1e-9);
    }
}
