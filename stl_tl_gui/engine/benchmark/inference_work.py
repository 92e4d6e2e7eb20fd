"""Prediction tasks of a benchmark: the app, the course loop and the bare arithmetic, alternately."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from statistics import median

from stl_tl_gui.engine.arithmetic import RunArithmetic
from stl_tl_gui.engine.benchmark.app_side import Clock, RunFailed, course_settings, time_evaluation, time_training
from stl_tl_gui.engine.benchmark.bare import bare_inference
from stl_tl_gui.engine.benchmark.figures import Measured
from stl_tl_gui.engine.benchmark.pictures import CLASS_NAMES
from stl_tl_gui.engine.benchmark.plain_loop import PlainClassifier, PlainLoop, loader_workers
from stl_tl_gui.engine.benchmark.workplace import Workplace
from stl_tl_gui.engine.evaluation.inference import Classifier, open_classifier
from stl_tl_gui.engine.events import result_of
from stl_tl_gui.engine.machine.memory import memory_as_usual
from stl_tl_gui.engine.runs.run import Run


class InferenceWork:
    """Predicts with one trained model. Its run has its own home folder, as if the user had trained it here."""

    def __init__(self, place: Workplace, backbone: str) -> None:
        self._place = place
        self._backbone = backbone
        self._input_size = place.settings.input_size
        self._home = place.fresh("home")

    @cached_property
    def _run(self) -> Run:
        place = self._place
        settings = course_settings(
            place.training_data, self._backbone, self._input_size, freeze="head", device=place.settings.device
        )
        with place.home(self._home):
            return time_training(settings, place.fresh("run"), place.device, place.should_stop).run

    # Labeled pictures; figures are pictures/s

    @memory_as_usual()
    def evaluate_plain(self) -> Measured:
        clock = Clock(self._place.device)
        loop = PlainLoop.on_folder(
            self._place.evaluation_data,
            self._backbone,
            val=0,
            input_size=self._input_size,
            device=self._place.device,
            should_stop=self._place.should_stop,
        )
        loop.evaluate(loop.train_loader)
        note = loader_workers()[1]
        return Measured({"plain": self._place.settings.pictures / clock.seconds()}, (note,) if note else ())

    def evaluate_app(self) -> Measured:
        run, place = self._run, self._place
        with place.home(self._home):
            figures = time_evaluation(run, place.evaluation_data, place.device, place.should_stop)
        return Measured(figures, (f"app: {RunArithmetic.of_run(run.facts()).inference.describe()}",))

    def evaluate_bare(self) -> Measured:
        rate = bare_inference(
            self._backbone,
            self._input_size,
            RunArithmetic.of_run(self._run.facts()).inference,
            self._place.device,
            self._place.settings.pictures,
            self._place.should_stop,
        )
        return Measured({"bare": rate})

    # Photos dropped together; figures are pictures/s

    @memory_as_usual()
    def photos_plain(self) -> Measured:
        classifier, photos = self._plain_classifier, self._place.photos(self._place.settings.photos)
        clock = Clock(self._place.device)
        for path in photos:
            self._place.check()
            classifier.classify(path)
        return Measured({"plain": len(photos) / clock.seconds()})

    def photos_app(self) -> Measured:
        classifier, photos = self._classifier, self._place.photos(self._place.settings.photos)
        clock = Clock(self._place.device)
        self._classify(classifier, photos)
        return Measured({"app": len(photos) / clock.seconds()})

    # One photo at a time; figures are milliseconds

    @memory_as_usual()
    def drop_plain(self) -> Measured:
        def classify(path: Path) -> None:
            self._plain_classifier.classify(path)

        return Measured({"plain": self._median_milliseconds(classify)})

    def drop_app(self) -> Measured:
        def classify(path: Path) -> None:
            self._classify(self._classifier, [path])

        return Measured({"app": self._median_milliseconds(classify)})

    def _median_milliseconds(self, classify: Callable[[Path], None]) -> float:
        """Of one photo to its result, after a first one that does not count."""
        milliseconds = []
        for path in self._place.photos(self._place.settings.drops + 1):
            self._place.check()
            clock = Clock(self._place.device)
            classify(path)
            milliseconds.append(clock.seconds() * 1000)
        return median(milliseconds[1:])

    @cached_property
    def _classifier(self) -> Classifier:
        run = self._run
        with self._place.home(self._home):
            return open_classifier(run.folder, device=self._place.settings.device)

    @cached_property
    def _plain_classifier(self) -> PlainClassifier:
        return PlainClassifier(self._backbone, len(CLASS_NAMES), self._input_size, self._place.device)

    def _classify(self, classifier: Classifier, photos: list[Path]) -> None:
        with self._place.home(self._home):
            results = result_of(classifier.classify(photos, self._place.should_stop))
        for result in results:
            if result.error is not None:
                raise RunFailed(f"The app could not read a picture: {result.error}")
