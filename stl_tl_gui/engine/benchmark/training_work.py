"""Training tasks of a benchmark: the app, the course loop and the bare arithmetic, alternately."""

from stl_tl_gui.engine.arithmetic import RunArithmetic
from stl_tl_gui.engine.benchmark.app_side import Clock, TrainingTimes, course_settings, time_training
from stl_tl_gui.engine.benchmark.bare import bare_training
from stl_tl_gui.engine.benchmark.figures import Measured, Side
from stl_tl_gui.engine.benchmark.plain_loop import LEARNING_RATE, PlainLoop, loader_workers
from stl_tl_gui.engine.benchmark.workplace import Workplace
from stl_tl_gui.engine.machine.memory import memory_as_usual
from stl_tl_gui.engine.settings.backbones import BACKBONES


class TrainingWork:
    """One or more epochs over the training pictures. Figures are pictures/s."""

    def __init__(self, place: Workplace, backbone: str, freeze: str = "none", epochs: int = 1) -> None:
        self._place = place
        self._backbone = backbone
        self._epochs = epochs
        self._frozen = BACKBONES[backbone].frozen_stages(freeze)
        self._settings = course_settings(
            place.training_data,
            backbone,
            place.settings.input_size,
            freeze=freeze,
            epochs=epochs,
            device=place.settings.device,
        )
        self._times: TrainingTimes | None = None
        """Of the app, in this round."""

    @memory_as_usual()
    def plain(self) -> Measured:
        """The course loop. Its epochs take the same time, so one is measured; the setup before them counts once."""
        clock = Clock(self._place.device)
        loop = PlainLoop.on_folder(
            self._place.training_data,
            self._backbone,
            val=self._place.val_pictures,
            frozen=self._frozen,
            input_size=self._place.settings.input_size,
            device=self._place.device,
            should_stop=self._place.should_stop,
        )
        before = clock.seconds()
        loop.epoch()
        seconds = before + (clock.seconds() - before) * self._epochs
        share = f"plain loop: 1 of {self._epochs} epochs measured, all take the same time" if self._epochs > 1 else ""
        notes = tuple(note for note in (share, loader_workers()[1]) if note)
        return Measured({"plain": loop.pictures_learned * self._epochs / seconds}, notes)

    def app(self) -> Measured:
        """A run of the app with empty caches; where layers are frozen, also a second one with filled caches."""
        figures: dict[Side, float] = {}
        with self._place.new_home():
            self._times = self._run(LEARNING_RATE)
            if self._frozen:
                figures["again"] = self._run(2 * LEARNING_RATE).rate
        assert self._times.val_pictures == self._place.val_pictures
        figures["app"] = self._times.rate
        if self._times.steady is not None and not self._frozen:
            figures["steady"] = self._times.steady
        return Measured(figures, (f"app: {RunArithmetic.of_run(self._times.run.facts()).training.describe()}",))

    def bare(self) -> Measured:
        """The bare arithmetic of the app's steps."""
        assert self._times is not None
        rate = bare_training(
            self._backbone,
            self._place.settings.input_size,
            RunArithmetic.of_run(self._times.run.facts()).training,
            self._place.device,
            self._times.train_pictures,
            self._place.should_stop,
        )
        return Measured({"bare": rate})

    def _run(self, learning_rate: float) -> TrainingTimes:
        settings = self._settings.model_copy(update={"learning_rate": learning_rate})
        return time_training(settings, self._place.fresh("run"), self._place.device, self._place.should_stop)
