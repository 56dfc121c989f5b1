"""Team: the devices, or the processes, that train one network together."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import numpy as np

from faceswap import backend
from faceswap.data.dataset import Batch, WarpedPairs, pair_specs
from faceswap.data.packed import PackedFaces
from faceswap.errors import BadOption, FaceswapError, Unsupported
from faceswap.model import FaceModel
from faceswap.options import describe
from faceswap.training.optimizing import Optimizing
from faceswap.training.starting import freeze
from faceswap.versions import built

#: What `--strategy` takes: one device, all of this machine, or a process on each of several hosts.
STRATEGIES = ("none", "mirrored", "multiworker")
#: Where TensorFlow reads who takes part.
VARIABLE = "TF_CONFIG"

Parts = tuple[Batch, ...]


def follows(text: str) -> bool:
    """Whether what `VARIABLE` holds makes this process one that learns along and writes nothing.

    Raises:
        BadOption: Where it is of another form.
    """
    if not text:
        return False
    try:
        told = json.loads(text)
        kind, index = str(told["task"]["type"]), int(told["task"]["index"])
        return kind == "worker" and (index > 0 or "chief" in told["cluster"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadOption(f"{VARIABLE} is not as in docs/cluster.md: {error!r}") from None


def agreed(stage: Any, precision: str, sides: dict[str, PackedFaces]) -> str:
    """What has to be the same in all processes: options, crops and code."""
    told = {o.name: getattr(stage, o.name) for o in describe(type(stage)) if o.affects != "nothing"}
    return repr((told, precision, {s: len(packed.faces) for s, packed in sides.items()}, built()))


@dataclass(frozen=True)
class Team:
    """Who takes which part of each batch; alone where nothing is said.

    Attributes:
        first: Number of the first part that is this process's.
        mine: How many parts it has.
        parts: How many there are.
        strategy: TensorFlow's.
        several: Whether there are several processes.
    """

    first: int = 0
    mine: int = 1
    parts: int = 1
    strategy: Any = None
    several: bool = False

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Networks built inside are on each device of this process."""
        whole = self.strategy is None or self.several
        return contextlib.nullcontext() if whole else self.strategy.scope()

    def built(self, model: FaceModel, seed: int, how: Optimizing) -> Any:
        """The model's network, compiled."""
        import keras

        keras.utils.set_random_seed(seed)
        with self.scope():
            net = model.build()
            freeze(net, how.freeze)
            model.compile(net, how.rate(model), how)
        return net

    def part(self, pairs: WarpedPairs) -> WarpedPairs | _Part:
        """This process's part of the batches.

        Raises:
            BadOption: Where a batch has no equal parts: means of losses would not be the whole's.
        """
        if pairs.batch % self.parts:
            raise BadOption(
                f"a batch of {pairs.batch} faces has no {self.parts} equal parts: "
                f"give --batch {-(-pairs.batch // self.parts) * self.parts}"
            )
        return pairs if self.parts == 1 else _Part(pairs, self)

    def begin(self, net: Any, said: str) -> None:
        """Give the networks of all processes the first one's weights, and have them learn as one.

        Args:
            net: Compiled; where the first process has restored a checkpoint, the others get that.
            said: What has to be the same in all of them.

        Raises:
            BadOption: Where it is not.
            Unsupported: For a precision whose steps may be left out by one process alone.
        """
        if not self.several:
            return
        if not hasattr(net.optimizer, "share"):
            raise Unsupported("float16 cannot be learnt by several: give --precision bfloat16")
        if not net.optimizer.built:
            net.optimizer.build(net.trainable_variables)
        number = int.from_bytes(hashlib.sha256(said.encode()).digest()[:4])
        if int(self.added([np.array(number)])[0]) != number * self.parts:
            raise BadOption(
                "the processes of this training were given different options, crops or versions: "
                "give the same command on each"
            )
        variables = [*net.variables, *net.optimizer.variables]
        values = [np.array(v) * (self.first == 0) for v in variables]
        for variable, value in zip(variables, self.added(values), strict=True):
            variable.assign(value)
        net.optimizer.share = self._mean

    def added(self, values: list[Any]) -> list[Any]:
        """The sums of what all processes give."""
        import tensorflow as tf

        kinds = [np.float32 if value.dtype.kind == "f" else np.int64 for value in values]
        found: dict[int, Any] = {}
        for kind in sorted(set(kinds), key=str):
            at = [n for n, one in enumerate(kinds) if one is kind]
            sums = self._sums([tf.constant(values[n], kind) for n in at])
            found |= zip(at, (s.numpy() for s in sums), strict=True)
        return [found[n].astype(value.dtype) for n, value in enumerate(values)]

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """The block in which processes wait for each other; one that goes away is told of."""
        import tensorflow as tf

        try:
            yield
        except tf.errors.OpError as error:
            if not self.several:
                raise
            raise FaceswapError(
                "another process of this training has gone away: what was learnt until the last "
                f"checkpoint is kept; start all of them again ({error.message.splitlines()[0]})"
            ) from None

    @cached_property
    def _sums(self) -> Any:
        import tensorflow as tf

        return tf.function(partial(self._reduced, how="SUM"))

    def _mean(self, gradients: list[Any]) -> list[Any]:
        return self._reduced(gradients, "MEAN")

    def _reduced(self, tensors: list[Any], how: str) -> list[Any]:
        import tensorflow as tf

        def reduce(*mine: Any) -> Any:
            context = tf.distribute.get_replica_context()
            # What has no device yet gets the replica's.
            return context.all_reduce(how, [tf.identity(tensor) for tensor in mine])

        done = self.strategy.run(reduce, args=tuple(tensors))
        return [self.strategy.experimental_local_results(one)[0] for one in done]


@cache
def join(strategy: str) -> Team:
    """The team of this process; of several processes, once all are there.

    Raises:
        BadOption: Where nothing says which processes there are.
        Unsupported: Where TensorFlow has been used already, so that it is too late.
    """
    if strategy == "none":
        return Team()
    with backend.hushed():
        return _joined(strategy)


def _joined(strategy: str) -> Team:
    import tensorflow as tf

    if strategy == "mirrored":
        mirrored = tf.distribute.MirroredStrategy()
        count = mirrored.num_replicas_in_sync
        return Team(mine=count, parts=count, strategy=mirrored)
    spec = tf.distribute.cluster_resolver.TFConfigClusterResolver().cluster_spec().as_dict()
    count = sum(len(spec.get(kind, ())) for kind in ("chief", "worker"))
    if not count:
        raise BadOption(f"multiworker wants {VARIABLE} to say who takes part: see docs/cluster.md")
    try:
        several = tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise Unsupported(
            f"several processes have to be the first to use TensorFlow ({error}): "
            "run `faceswap train` by itself"
        ) from None
    resolver = several.cluster_resolver
    first = resolver.task_id + ("chief" in spec and resolver.task_type == "worker")
    return Team(first, 1, count, several, several=count > 1)


@dataclass(frozen=True)
class _Part:
    """Batches of some parts of those of `pairs`, laid one behind the other."""

    pairs: WarpedPairs
    team: Team

    @property
    def batch(self) -> int:
        """Faces a side."""
        return self.pairs.batch // self.team.parts * self.team.mine

    @property
    def specs(self) -> Any:
        """The form of a batch in TensorFlow's words."""
        return pair_specs(self.batch, self.pairs.size, self.pairs.lesson)

    def after(self, step: int) -> Iterator[Parts]:
        """The batches of `step`, `step` + 1 and so on, for ever."""
        for whole in self.pairs.after(step):
            yield tuple({name: self._taken(rows) for name, rows in one.items()} for one in whole)

    def _taken(self, rows: Any) -> Any:
        # What is of both sides has the source's rows first, in the whole and in each part.
        team, rest = self.team, rows.shape[1:]
        cut = rows.reshape(len(rows) // self.pairs.batch, team.parts, -1, *rest).swapaxes(0, 1)
        return cut[team.first : team.first + team.mine].reshape(-1, *rest)
