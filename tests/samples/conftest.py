import csv

import cv2
import pytest


@pytest.fixture(scope="module")
def photographs(real_data):
    with (real_data / "face_images" / "labels.csv").open() as file:
        names = [row["image"] for row in csv.DictReader(file)][::12]
    paths = (real_data / "face_images" / "images" / name for name in names)
    return [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths]
