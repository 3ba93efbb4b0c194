"""The price stream: handshake, subscription, a message per news, and its troubles."""

import json
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.simulators import effects as e


def open_stream(world, token: str | None = None) -> ClientConnection:
    return connect(world.amber_ws_url, additional_headers={"authorization": f"Bearer {token or world.amber.account.token}"})


def subscribe(stream: ClientConnection, site_id: str) -> dict:
    stream.send(json.dumps({"service": "live-prices", "action": "subscribe", "data": {"siteId": site_id}}))
    return json.loads(stream.recv(2))


@pytest.fixture
def stream(world) -> Iterator[ClientConnection]:
    with open_stream(world) as stream:
        assert subscribe(stream, world.amber.account.site_id)["status"] == 200
        yield stream


def test_a_final_price_and_a_new_interval_are_pushed(world, clock, stream):
    clock.advance(15)
    message = json.loads(stream.recv(2))
    assert (message["service"], message["action"]) == ("live-prices", "price-update")
    assert message["timestamp"] == "2026-11-20T07:55:25.000Z"
    assert message["data"]["siteId"] == world.amber.account.site_id
    general, feed_in = message["data"]["prices"]
    assert (general["channelType"], general["estimate"], general["type"]) == ("general", False, "CurrentInterval")
    assert feed_in["perKwh"] < 0
    clock.advance(275)
    assert json.loads(stream.recv(2))["data"]["prices"][0]["estimate"] is True


def test_nothing_is_pushed_twice(clock, stream):
    clock.advance(15)
    stream.recv(2)
    clock.advance(30)
    with pytest.raises(TimeoutError):
        stream.recv(0.05)


def test_the_stream_agrees_with_the_rest_service(clock, stream, client):
    clock.advance(20)
    pushed = json.loads(stream.recv(2))["data"]["prices"][0]
    asked = client.prices().json()[0]
    assert pushed == {key: asked[key] for key in pushed}


def test_a_wrong_token_and_an_account_without_the_stream_get_403(world):
    for prepare in (lambda: None, lambda: world.faults.add(e.StreamForbidden())):
        prepare: Callable[[], object]
        prepare()
        with pytest.raises(InvalidStatus) as refused:
            open_stream(world, "psk_wrong" if not world.faults.listed() else None)
        assert refused.value.response.status_code == 403
    assert world.amber_stream.handshakes == 2


def test_an_unknown_site_and_a_broken_request_get_400(world):
    with open_stream(world) as stream:
        assert subscribe(stream, "01ABCDEFGHJKMNPQRSTVWXYZ00")["status"] == 400
        assert subscribe(stream, world.amber.account.sites[0].id)["status"] == 400
        stream.send("not json")
        assert json.loads(stream.recv(2))["status"] == 400


def test_a_dropped_stream_is_closed(world, clock, stream):
    world.faults.add(e.StreamDropped())
    with pytest.raises(ConnectionClosed):
        stream.recv(2)


def test_a_silent_stream_says_nothing(world, clock, stream):
    world.faults.add(e.StreamSilent())
    clock.advance(15)
    with pytest.raises(TimeoutError):
        stream.recv(0.05)


def test_garbage_and_prices_of_another_site(world, clock, stream):
    world.faults.add(e.StreamGarbage(), count=1)
    clock.advance(15)
    with pytest.raises(json.JSONDecodeError):
        json.loads(stream.recv(2))
    world.faults.add(e.StreamOtherSite(), count=1)
    clock.advance(275)
    assert json.loads(stream.recv(2))["data"]["siteId"] != world.amber.account.site_id


def test_a_refused_stream_opens_again_on_the_same_port(world, clock):
    url = world.amber_ws_url
    world.faults.add(e.Refused(), server="amber_stream", for_s=60)
    with pytest.raises(ConnectionRefusedError):
        open_stream(world)
    clock.advance(60)
    with open_stream(world) as stream:
        assert subscribe(stream, world.amber.account.site_id)["status"] == 200
    assert world.amber_ws_url == url


def test_a_counted_drop_closes_one_connection(world, clock, stream):
    world.faults.add(e.StreamDropped(), count=1)
    with pytest.raises(ConnectionClosed):
        stream.recv(2)
    with open_stream(world) as again:
        assert subscribe(again, world.amber.account.site_id)["status"] == 200
        clock.advance(15)
        assert json.loads(again.recv(2))["action"] == "price-update"
