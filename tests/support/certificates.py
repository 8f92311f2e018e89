"""Certificates for servers of tests on 127.0.0.1, made by openssl: a right one and wrong ones. Each is its own authority."""
import pathlib
import shutil
import socket
import ssl
import subprocess
import time
import unittest

AUTHORITY = """[ca]
default_ca = one
[one]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = {names}
basicConstraints = critical, CA:TRUE
"""


def make_certificate(folder, kind="right", names="IP:127.0.0.1,DNS:localhost"):
    """(certificate, key): files. kind: right, expired, other_name, ends_soon (in ten days)."""
    folder = pathlib.Path(folder) / f"certificate-{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "other_name":
        names = "DNS:other.example"
    (folder / "index").write_text("")
    (folder / "serial").write_text("01\n")
    (folder / "ca.conf").write_text(AUTHORITY.format(folder=folder, names=names))
    begin, end = ("20200101000000Z", "20200102000000Z") if kind == "expired" else ("20240101000000Z", "20400101000000Z")
    if kind == "ends_soon":
        end = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 10 * 86400 + 3600))
    key, request, certificate = folder / "key.pem", folder / "request.pem", folder / "certificate.pem"
    try:
        for command in (["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request,
                         "-subj", "/CN=test"],
                        ["ca", "-batch", "-selfsign", "-config", folder / "ca.conf", "-keyfile", key, "-in", request, "-out", certificate,
                         "-notext", "-startdate", begin, "-enddate", end]):
            subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True, timeout=20)
    except FileNotFoundError:
        raise unittest.SkipTest("openssl is not installed") from None
    except subprocess.CalledProcessError as failed:
        raise AssertionError(f"openssl: {failed.stderr.decode()}") from None
    return certificate, key


def install_pair(pair, certificate, key):
    """Puts (certificate, key) in the place of two files as a renewal does it: each at once, the one after the other."""
    for source, target, mode in ((pair[1], key, 0o600), (pair[0], certificate, 0o644)):
        beside = pathlib.Path(target).with_suffix(".new")
        shutil.copyfile(source, beside)
        beside.chmod(mode)
        beside.rename(target)


def shown_certificate(port):
    """The certificate (PEM) that a new connection is shown."""
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire, context.wrap_socket(wire) as secured:
        return ssl.DER_cert_to_PEM_cert(secured.getpeercert(True)).strip()
