"""The image's definition and the manifests of a cluster: valid, and about the program that is there."""

import json
import re
import shutil
import subprocess
from typing import Any

import kubernetes_validate
import pytest
import yaml
from tests.test_structure import ROOT

from journalhub.collector.settings import DEFAULT_PORT, TABLE
from journalhub.journal.settings import Table
from journalhub.shipper.main import SETTINGS

MANIFESTS = ROOT / "deploy" / "kubernetes"
PAGE = (ROOT / "docs" / "containers.md").read_text()
VERSIONS = ("1.27", "1.31", "1.34")
"""Of Kubernetes: what long-lived clusters run, and newer ones."""

Object = dict[str, Any]


def objects() -> list[Object]:
    """What `kubectl apply -k` would make, without kustomize's own file."""
    names = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())["resources"]
    return [found for name in names for found in yaml.safe_load_all((MANIFESTS / name).read_text())]


def the(kind: str) -> Object:
    """The only object of a kind."""
    (found,) = [one for one in objects() if one["kind"] == kind]
    return found


def pod(kind: str) -> Object:
    """The pods that a workload makes."""
    return dict(the(kind)["spec"]["template"]["spec"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("number", range(len(objects())), ids=[one["kind"] for one in objects()])
def test_the_manifests_fit_the_schema(number: int, version: str) -> None:
    """Every object is one that this Kubernetes knows, without unknown fields."""
    kubernetes_validate.validate(objects()[number], version, strict=True)


def test_no_manifest_is_left_out() -> None:
    """Each file of the folder is named in kustomization.yaml."""
    listed = yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())["resources"]

    assert {path.name for path in MANIFESTS.iterdir()} - {"kustomization.yaml"} == set(listed)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kustomize_builds_it() -> None:
    """kubectl reads the folder, and gives every container an image with a tag."""
    done = subprocess.run(["kubectl", "kustomize", MANIFESTS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    images = re.findall(r"image: (\S+)", done.stdout)
    assert {"journalhub:0.1.0"} == set(images) and 3 == len(images)


@pytest.mark.parametrize(("kind", "table"), [("StatefulSet", TABLE), ("DaemonSet", SETTINGS)])
def test_variables_are_settings(kind: str, table: Table) -> None:
    """Each variable that a manifest sets is one that the program reads, and a Service makes no others."""
    (container,) = pod(kind)["containers"]

    assert {one["name"] for one in container["env"]} <= {setting.environment for setting in table}
    assert pod(kind)["enableServiceLinks"] is False


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_pods_can_do_little(kind: str) -> None:
    """No capability, no way to more rights, nothing to write but their volumes, no account of the cluster."""
    assert pod(kind)["automountServiceAccountToken"] is False
    for container in pod(kind)["containers"] + pod(kind).get("initContainers", []):
        confined = container["securityContext"]
        assert (False, True) == (confined["allowPrivilegeEscalation"], confined["readOnlyRootFilesystem"])
        assert ["ALL"] == confined["capabilities"]["drop"]


def test_the_shipper_sees_the_journal_and_may_not_write_it() -> None:
    """Of the node it may write its state, and nothing else."""
    paths = {one["name"]: one["hostPath"]["path"] for one in pod("DaemonSet")["volumes"] if "hostPath" in one}
    (container,) = pod("DaemonSet")["containers"]
    mounts = {one["name"]: one for one in container["volumeMounts"]}

    assert {"/var/log", "/run/log", "/etc/machine-id", "/var/lib/journalhub/shipper"} == set(paths.values())
    assert {"state"} == {name for name in paths if not mounts[name].get("readOnly")}
    assert paths == {name: mounts[name]["mountPath"] for name in paths}


def test_everything_speaks_of_the_same_hub() -> None:
    """The Service's name and port are those that shippers ask, that the certificate has, and that the page says."""
    service, (container,) = the("Service"), pod("DaemonSet")["containers"]
    name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
    variables = {one["name"]: one["value"] for one in container["env"]}
    (init,) = pod("StatefulSet")["initContainers"]

    assert f"https://{name}.{namespace}.svc:{DEFAULT_PORT}" == variables["JOURNALHUB_COLLECTOR"]
    assert f"--name {name}.{namespace}.svc " in init["command"][-1]
    for wanted in ("configmap journalhub-authority --from-file=authority.pem", "secret generic journalhub-sender"):
        assert wanted in PAGE
    assert {"journalhub-authority", "journalhub-sender"} <= set(re.findall(r"[a-z-]+", json.dumps(the("DaemonSet"))))


def test_the_image_holds_the_package() -> None:
    """It is made from what `./dev package` leaves, lets nothing else in, and does not run as root."""
    folder = ROOT / "deploy" / "container"
    lines = [line for line in (folder / "Containerfile").read_text().splitlines() if line and not line.startswith("#")]
    copied = [line.split()[1] for line in lines if line.startswith("COPY")]
    ignored = (folder / "Containerfile.dockerignore").read_text().split("\n")

    assert ["dist/journalhub_*.deb"] == copied
    assert ["*", *(f"!{path}" for path in copied)] == [line for line in ignored if line and not line.startswith("#")]
    assert lines[0].startswith("FROM debian:12")
    assert ["USER 65532:65532"] == [line for line in lines if line.startswith("USER")]
    assert 65532 == pod("StatefulSet")["securityContext"]["runAsUser"]
    assert 'ENTRYPOINT ["/usr/bin/journalhub"]' in lines
