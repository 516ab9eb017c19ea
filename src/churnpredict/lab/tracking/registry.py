"""Which model the weekly job reads: champion, challenger, and the champion before.

Each is a bundle in a folder of its own under the project's models folder, replaced in one step. The folders decide;
what a tracking server calls champion follows them. Whoever calls holds the lock of the models folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from churnpredict.config import Project
from churnpredict.errors import BundleError, Problem
from churnpredict.lab.learning.training import Training
from churnpredict.lab.tracking.model_card import save_training
from churnpredict.publishing import withdraw
from churnpredict.scoring import copy_bundle, load_bundle, model_digest

Standing = Literal["champion", "challenger"]


def register(training: Training, project: Project) -> Standing:
    """Save a trained model: as champion where there is none that can be read or serve, else as challenger.

    A champion cannot serve once a feature that it reads is declared no more; it is kept for `roll_back`. A model that
    is the champion already, bit for bit, is saved as that again.

    Returns
    -------
    str
        What it was saved as: ``champion`` or ``challenger``.
    """
    try:
        champion = load_bundle(project.champion_folder)
    except BundleError:
        champion = None
    if champion is None or model_digest(champion) == model_digest(training.model):
        save_training(training, project.champion_folder)
        return "champion"
    save_training(training, project.challenger_folder)
    declared = {str(feature.name) for feature in project.features()}
    if not declared.issuperset(champion.space.names):
        promote(project)
        return "champion"
    return "challenger"


def promote(project: Project, bundle: Path | None = None) -> bool:
    """Make a bundle the champion, and keep the champion before for `roll_back`.

    Parameters
    ----------
    project
        Whose models they are.
    bundle
        The bundle; the challenger unless said otherwise.

    Returns
    -------
    bool
        False if it was the champion already: nothing was changed.

    Raises
    ------
    BundleError
        If there is none, it is damaged, or it was written by another version; the champion stays.
    """
    source = bundle or project.challenger_folder
    if not source.is_dir():
        todo = "A training writes one beside the champion: run `churnpredict train`."
        raise BundleError(Problem(str(source), "no model to promote", "a bundle", todo))
    challenger = model_digest(load_bundle(source))
    _end_promotion(project)
    champion = digest_of(project.champion_folder)
    if champion == challenger:
        return False
    if champion is not None:
        copy_bundle(project.champion_folder, project.replaced_champion_folder)
    copy_bundle(source, project.champion_folder)
    _end_promotion(project)
    return True


def roll_back(project: Project) -> None:
    """Make the champion before the last promotion the champion again.

    A second rollback does not return to the model that was rolled back: there is nothing left to go back to.

    Raises
    ------
    BundleError
        If there is none before, or it is damaged; the champion stays.
    """
    _end_promotion(project)
    previous = project.previous_champion_folder
    if not previous.is_dir() or model_digest(load_bundle(previous)) == digest_of(project.champion_folder):
        todo = "Only a promotion keeps one, and a rollback uses it up."
        raise BundleError(Problem(str(previous), "no earlier champion to go back to", "", todo))
    copy_bundle(previous, project.champion_folder)


def _end_promotion(project: Project) -> None:
    """Keep the champion that a promotion replaced for `roll_back`; one that was not replaced after all is let go."""
    replaced = project.replaced_champion_folder
    digest = digest_of(replaced)
    if digest is not None and digest != digest_of(project.champion_folder):
        copy_bundle(replaced, project.previous_champion_folder)
    withdraw(replaced)


def digest_of(folder: Path) -> str | None:
    """The digest of a model; None where there is none that can be read."""
    try:
        return model_digest(load_bundle(folder))
    except BundleError:
        return None
