"""Domains of the study's arms: placebos in place of the photographs, and separate bottlenecks."""

from dataclasses import replace

import torch

from fdan.learning.domains import Domains
from fdan.learning.training import Domain
from fdan.study.params import Arm


def domains_of(arm: Arm, domains: Domains, seed: int) -> Domains:
    """Return the samples that an arm trains on.

    Args:
        arm: which faces and which bottlenecks.
        domains: of its fold.
        seed: of the network; a placebo is drawn anew for each.
    """
    drawn = {"photographs": lambda visual, _: visual, "permuted": permuted, "blobs": blobs}[arm.faces]
    changed = domains if arm.faces == "photographs" else replace(domains, visual=drawn(domains.visual, seed))
    return separated(changed) if arm.bottleneck == "separate" else changed


def permuted(visual: Domain, seed: int) -> Domain:
    """Return the same photographs with their labels permuted: the classes keep their counts."""
    order = torch.randperm(len(visual.y), generator=torch.Generator().manual_seed(seed))
    return Domain(visual.x, visual.y[order])


def blobs(visual: Domain, seed: int) -> Domain:
    """Return one Gaussian per class with the labels of the photographs: a source that has no faces.

    The mean of each class and the deviations of its samples are drawn from N(0, 1) in every feature, so that the
    classes are far apart in features as wide as a backbone's. FDAN standardises them as it does the photographs.
    """
    generator = torch.Generator().manual_seed(seed)
    classes, width = int(visual.y.max()) + 1, visual.x.shape[1]
    means = torch.randn(classes, width, generator=generator, dtype=visual.x.dtype)
    return Domain(means[visual.y] + torch.randn(visual.x.shape, generator=generator, dtype=visual.x.dtype), visual.y)


def separated(domains: Domains) -> Domains:
    """Return the domains such that FDAN has one bottleneck for each modality.

    FDAN shares its bottleneck where both modalities' features have one width. One constant column more makes the
    acoustic features wider; standardisation sets it to 0, so it carries no information. Features that differ in
    width already stay as they are.
    """
    if domains.visual.x.shape[1] != domains.acoustic.x.shape[1]:
        return domains
    acoustic = Domain(_wider(domains.acoustic.x), domains.acoustic.y)
    return replace(domains, acoustic=acoustic, test=replace(domains.test, values=_wider(domains.test.values)))


def _wider(x: torch.Tensor) -> torch.Tensor:
    return torch.cat([x, x.new_zeros(len(x), 1)], dim=1)
