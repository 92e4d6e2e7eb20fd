"""Time to an accuracy: the app's recipes and the course loop learn the same pictures from the same weights.

All of them have the same division into training and validation pictures, the default backbone, and the weights that
come with the app. The final accuracy of a round is the best one, on the validation pictures, that any side ends with:
each side has to get to the same share of that one number. It counts the model that a side would give back: the app's
kept ones, and the course loop's best epoch. What validates is also what each side chooses its model by, as always in
training, so the accuracies are a little too good, on all sides.
"""

from stl_tl_gui.engine.benchmark.app_side import Clock, accuracy_over_time
from stl_tl_gui.engine.benchmark.curve import Curve
from stl_tl_gui.engine.benchmark.figures import Measured, Side
from stl_tl_gui.engine.benchmark.plain_loop import (
    ImageSetPictures,
    PlainLoop,
    course_model,
    course_transform,
    loader_workers,
)
from stl_tl_gui.engine.benchmark.workplace import Workplace
from stl_tl_gui.engine.data import Dataset, open_dataset
from stl_tl_gui.engine.data.splits import splitting_of
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import result_of
from stl_tl_gui.engine.machine.memory import memory_as_usual
from stl_tl_gui.engine.models.weight_store import WeightsMissing
from stl_tl_gui.engine.models.weights import load_weights
from stl_tl_gui.engine.settings.backbones import BACKBONES
from stl_tl_gui.engine.settings.presets import AUTOMATIC, RECOMMENDED, from_preset
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings

RECIPES: dict[Side, str] = {
    "automatic": AUTOMATIC,
    "quick_look": "Quick look",
    "recommended": RECOMMENDED,
    "best_accuracy": "Best accuracy",
}
"""The app's sides and their presets."""
REACHING: tuple[Side, ...] = ("plain", *RECIPES)
"""The sides, in the order in which they learn."""

_VAL_FRACTION = 0.2
"""Of data without validation pictures. More than usual: with few, an accuracy is a matter of luck."""
_ROW = BACKBONES[TrainSettings.model_fields["backbone"].default]


class Rounds:
    """What the sides did in each round; each learns once a round, however many rows of the report ask for it."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        self._curves: dict[tuple[int, Side], Curve] = {}
        self.pictures = ""
        """What is learned, in words."""

    def curve(self, number: int, side: Side) -> Curve:
        """How accurate a side was when, in a round. Raises Cancelled, RunFailed, WeightsMissing, DataError."""
        if (number, side) not in self._curves:
            self._curves[number, side] = self._plain() if side == "plain" else self._app(RECIPES[side])
        return self._curves[number, side]

    def _app(self, preset: str) -> Curve:
        place = self.place
        with place.new_home():
            settings, folder = self._settings(preset), place.fresh("run")
            return accuracy_over_time(settings, folder, place.device, place.should_stop, place.settings.seconds)

    @memory_as_usual()
    def _plain(self) -> Curve:
        """The course loop, for as long as it may. Its time begins with the opened data, as it does not check them."""
        place, data = self.place, self._data()
        clock, curve = Clock(place.device), Curve(cut_off=True)
        loop = self._loop(data, clock)
        try:
            while True:
                accuracy = loop.epoch().val_accuracy
                if accuracy > curve.final:
                    curve.add(clock.seconds(), accuracy)
        except Cancelled:
            place.check()
            return curve

    def _loop(self, data: Dataset, clock: Clock) -> PlainLoop:
        place, size, file = self.place, self.place.settings.input_size, _ROW.weights.find()
        if file is None:
            raise WeightsMissing(_ROW)
        transform = course_transform(size, weights=_ROW.weights)
        train, val = (ImageSetPictures(data.splits[split], transform) for split in ("train", "val"))
        model = course_model(_ROW.name, len(data.class_names), size, load_weights(file))

        def over() -> bool:
            return place.should_stop() or clock.seconds() > place.settings.seconds

        return PlainLoop(train, val, model, place.device, over)

    def _data(self) -> Dataset:
        place, settings = self.place, self._settings(AUTOMATIC)
        with place.new_home():
            data = result_of(open_dataset(place.chosen_data, splitting_of(settings), place.should_stop))
        counts = data.counts()
        self.pictures = f"{counts['val']:,} pictures, after learning from {counts['train']:,} others of “{data.name}”"
        return data

    def _settings(self, preset: str) -> TrainSettings:
        place = self.place
        chosen = {"data": place.chosen_data, "val_fraction": _VAL_FRACTION, "device": place.settings.device}
        return make_settings(from_preset(preset, {**chosen, "backbone": _ROW.name}))


class ReachingWork:
    """A row of the report: the seconds until each side gets to a share of its round's final accuracy."""

    def __init__(self, rounds: Rounds, share: float) -> None:
        self._rounds = rounds
        self._share = share
        self._number = 1

    def learn(self, side: Side) -> Measured:
        """Let a side learn, unless it has in this round."""
        self._rounds.curve(self._number, side)
        return Measured({})

    def seconds(self) -> Measured:
        """The figures of this round, after the sides that have not learned yet."""
        number, self._number = self._number, self._number + 1
        curves = {side: self._rounds.curve(number, side) for side in REACHING}
        wanted = self._share * max(curve.final for curve in curves.values())
        figures = {side: curve.seconds_to(wanted) for side, curve in curves.items()}
        missed = [side for side, figure in figures.items() if figure is None]
        settings = self._rounds.place.settings
        notes = [
            f"round {number}: {self._share:.2f} of the final accuracy is {wanted:.3f}",
            *(f"round {number}: {_name(side)} never reached {wanted:.3f}" for side in missed),
            self._finals(number, curves),
            f"{_ROW.short_title} with the weights that come with the app; the plain loop at {settings.input_size} "
            "pixels, the presets at their own",
            loader_workers()[1],
        ]
        return Measured(figures, tuple(filter(None, notes)))

    def _finals(self, number: int, curves: dict[Side, Curve]) -> str:
        """The same for each share, so that it is printed once."""
        limit = self._rounds.place.settings.seconds
        finals = (
            f"{_name(side)} {curve.final:.3f}" + (f" (stopped after {limit} s)" if curve.cut_off else "")
            for side, curve in curves.items()
        )
        return f"round {number}: accuracies at the end, on {self._rounds.pictures}: {', '.join(finals)}"


def _name(side: Side) -> str:
    return RECIPES.get(side, "plain loop")
