"""What can go wrong, each as a function of the world and a random source; and how often."""

import signal
import time
from collections.abc import Callable
from random import Random

from tests.torture.proxy import Weather
from tests.torture.world import Node, World

Event = Callable[[World, Random], None]

PAUSE = 4.0
"""Seconds that something stays away, at most."""


def _node(world: World, random: Random) -> Node:
    return random.choice(world.nodes)


def _pause(random: Random, most: float = PAUSE) -> None:
    """The one sleep that is meant: what is broken stays so for a while."""
    time.sleep(random.uniform(0.0, most))


def _write(world: World, random: Random, most: int = 800) -> None:
    for node in world.nodes:
        node.write(random.randrange(1, most))


def burst(world: World, random: Random) -> None:
    """One host has a lot to say."""
    _node(world, random).write(random.randrange(2_000, 12_000))


def rotate(world: World, random: Random) -> None:
    """journald begins new files."""
    _node(world, random).host.rotate()


def vacuum(world: World, random: Random) -> None:
    """Archived files are deleted, shipped or not."""
    node = _node(world, random)
    node.host.rotate()
    node.look(world.books)
    node.host.vacuum(files=random.choice((1, 2)))


def vacuum_unshipped(world: World, random: Random) -> None:
    """A host's journal is deleted before it was shipped: entries are lost, and must be told."""
    node = _node(world, random)
    node.shipper.end(signal.SIGKILL)
    node.write(random.randrange(500, 9_000))
    vacuum_of(world, node)
    node.write(random.randrange(1, 50))
    node.shipper.start()


def vacuum_amid(world: World, random: Random) -> None:
    """The same while the shipper runs and the network is away: it may still hold what is deleted, or not."""
    node = _node(world, random)
    node.proxy.turn(Weather.REFUSING)
    node.write(random.randrange(500, 9_000))
    vacuum_of(world, node)
    node.write(random.randrange(1, 50))
    _pause(random)
    node.proxy.turn(Weather.FAIR)


def vacuum_of(world: World, node: Node) -> None:
    """Delete all but the newest file of one host."""
    node.host.rotate()
    node.look(world.books)
    node.host.vacuum(files=1)


def kill_shipper(world: World, random: Random) -> None:
    """A shipper is killed, and started again after a while."""
    node = _node(world, random)
    node.shipper.end(random.choice((signal.SIGKILL, signal.SIGTERM)))
    _write(world, random)
    _pause(random)
    node.shipper.start()


def kill_reader(world: World, random: Random) -> None:
    """The process that reads the journal dies."""
    _node(world, random).kill_reader()


def kill_collector(world: World, random: Random) -> None:
    """The collector is killed or stopped, and started again after a while."""
    world.collector.end(random.choice((signal.SIGKILL, signal.SIGTERM)))
    _write(world, random)
    _pause(random)
    world.collector.start()


def kill_journald(world: World, random: Random) -> None:
    """journald dies and comes back."""
    node = _node(world, random)
    node.host.kill()
    node.host.up()


def reboot(world: World, random: Random) -> None:
    """A host has a new boot id."""
    _node(world, random).host.reboot()


def partition(world: World, random: Random) -> None:
    """The network of some hosts fails, each in its way."""
    cut = random.sample(world.nodes, random.randrange(1, len(world.nodes) + 1))
    for node in cut:
        node.proxy.turn(random.choice((Weather.REFUSING, Weather.SILENT, Weather.DEAF)))
    _write(world, random)
    _pause(random)
    for node in cut:
        node.proxy.turn(Weather.FAIR)


def disk_full(world: World, random: Random) -> None:
    """The collector's disk is full for a while; perhaps the collector dies meanwhile."""
    world.fill_disk()
    try:
        _write(world, random)
        _pause(random)
        dies = random.random() < 0.3
        if dies:
            world.collector.end(signal.SIGKILL)
    finally:
        world.free_disk()
    if dies:
        world.collector.start()


def clock_jump(world: World, random: Random) -> None:
    """The clock of a host is set, forward or back, by up to a day."""
    node = _node(world, random)
    node.clock.offset = random.choice((0.0, random.uniform(-86_400, 86_400), random.uniform(-5, 5)))
    node.write(random.randrange(1, 300))


EVENTS: dict[Event, int] = {
    burst: 6,
    rotate: 5,
    vacuum: 3,
    vacuum_unshipped: 2,
    vacuum_amid: 1,
    kill_shipper: 5,
    kill_reader: 4,
    kill_collector: 4,
    kill_journald: 3,
    reboot: 2,
    partition: 5,
    disk_full: 2,
    clock_jump: 2,
}
"""How often each happens, relative to the others."""


def step(world: World, random: Random) -> str:
    """Everybody writes a little, and one thing goes wrong; its name."""
    _write(world, random)
    (event,) = random.choices(list(EVENTS), list(EVENTS.values()))
    event(world, random)
    return event.__name__
