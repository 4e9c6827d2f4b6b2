"""Memory that is shared out: in order, all of it, and nothing lost when somebody gives up."""

import asyncio

import pytest

from journalhub.collector.room import Room


def run(test: object) -> None:
    asyncio.run(asyncio.wait_for(test, 240))  # type: ignore[arg-type]


def test_who_comes_first_is_served_first() -> None:
    """A small wish does not overtake a large one that waits."""

    async def test() -> None:
        room = Room(10)
        order: list[str] = []

        async def want(name: str, size: int) -> None:
            await room.take(size)
            order.append(name)

        await room.take(8)
        waiting = [asyncio.create_task(want("large", 6)), asyncio.create_task(want("small", 1))]
        await asyncio.sleep(0)
        assert not room.try_take(1)
        room.give(8)
        await asyncio.gather(*waiting)

        assert ["large", "small"] == order
        assert 7 == room.used

    run(test())


def test_more_than_all_is_all() -> None:
    """Who wants more than there is waits until it is alone, and gives back what it got."""

    async def test() -> None:
        room = Room(10)
        async with room.part(1_000):
            assert 10 == room.used
            assert not room.try_take(1)
        assert 0 == room.used

    run(test())


@pytest.mark.parametrize("granted", [False, True])
def test_giving_up(granted: bool) -> None:
    """A cancelled wait holds nothing, also when its turn came in the same moment, and lets the next one in."""

    async def test() -> None:
        room = Room(10)
        await room.take(10)
        quitter = asyncio.create_task(room.take(10))
        patient = asyncio.create_task(room.take(4))
        await asyncio.sleep(0)
        if granted:
            room.give(10)
        quitter.cancel()
        await asyncio.gather(quitter, return_exceptions=True)
        if not granted:
            room.give(10)
        await patient

        assert 4 == room.used

    run(test())
