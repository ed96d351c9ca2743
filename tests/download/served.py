"""What the server of this folder's tests serves."""

import hashlib
import io
import tarfile
import zipfile

DATA = bytes(range(256)) * 8000  # two megabytes


def sha256(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def md5(data):
    return f"md5:{hashlib.md5(data).hexdigest()}"


def make_zip(path, members):
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def make_tar(path, members, *infos):
    with tarfile.open(path, "w:gz") as file:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
        for info in infos:
            file.addfile(info)
    return path
