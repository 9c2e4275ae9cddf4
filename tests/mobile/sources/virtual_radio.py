"""Bleak's backends over a virtual Bluetooth controller: the real client code, no radio."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_str
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData, BaseBumbleError
from bumble.device import Device, Peer
from bumble.gatt import Service
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink

PROPERTIES = {0x02: "read", 0x08: "write", 0x10: "notify", 0x20: "indicate"}
SHORT_UUIDS = (
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
)


def uuid_text(uuid: UUID) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-"))


@contextmanager
def bleak_errors() -> Iterator[None]:
    try:
        yield
    except (BaseBumbleError, AttributeError) as error:
        raise BleakError(str(error)) from error


class VirtualScanner(BaseBleakScanner):
    phone: Device

    def __init__(
        self, detection_callback: Any, service_uuids: Any, *_: object, **__: object
    ) -> None:
        super().__init__(detection_callback, service_uuids)

    def _seen(self, heard: Any) -> None:
        uuids = [uuid_text(u) for sort in SHORT_UUIDS for u in heard.data.get(sort) or []]
        name = heard.data.get(AdvertisingData.COMPLETE_LOCAL_NAME)
        advertised = AdvertisementData(name, {}, {}, uuids, None, heard.rssi, (heard,))
        key = str(heard.address)
        device = self.create_or_update_device(key, key, name, heard.address, advertised)
        if self.is_allowed_uuid(uuids):
            self.call_detection_callbacks(device, advertised)

    async def start(self) -> None:
        self.seen_devices = {}
        self.phone.on("advertisement", self._seen)
        await self.phone.start_scanning(filter_duplicates=False)

    async def stop(self) -> None:
        self.phone.remove_listener("advertisement", self._seen)
        await self.phone.stop_scanning()


def scanner_of(phone: Device) -> type[BaseBleakScanner]:
    return type("Scanner", (VirtualScanner,), {"phone": phone})


class VirtualClient(BaseBleakClient):
    phone: Device

    _link: Any = None
    _peer: Any = None

    def __init__(self, device: Any, services: Any = None, **rest: Any) -> None:
        kept = {k: rest[k] for k in ("timeout", "disconnected_callback") if k in rest}
        super().__init__(device, services=services, **kept)
        self._target = device.details
        self._callbacks: dict[int, Any] = {}

    @property
    def name(self) -> str:
        return str(self._target)

    @property
    def mtu_size(self) -> int:
        return self._peer.gatt_client.mtu if self._peer else 23

    @property
    def is_connected(self) -> bool:
        return self._link is not None

    async def connect(self, pair: bool, **_: object) -> None:
        with bleak_errors():
            self._link = await self.phone.connect(self._target, timeout=2)
            self._link.on("disconnection", self._gone)
            self._peer = Peer(self._link)
            await self._peer.request_mtu(247)
            self.services = await self._discovered()

    async def _discovered(self) -> BleakGATTServiceCollection:
        services = BleakGATTServiceCollection()
        for service in await self._peer.discover_services():
            ours = BleakGATTService(service, service.handle, uuid_text(service.uuid))
            services.add_service(ours)
            for each in await service.discover_characteristics():
                names = [n for bit, n in PROPERTIES.items() if int(each.properties) & bit]
                found = BleakGATTCharacteristic(
                    each, each.handle, uuid_text(each.uuid), names, lambda: 20, ours
                )
                services.add_characteristic(found)
                for leaf in await each.discover_descriptors():
                    services.add_descriptor(
                        BleakGATTDescriptor(leaf, leaf.handle, uuid_text(leaf.type), found)
                    )
        return services

    def _gone(self, _: object) -> None:
        self._link = self._peer = None
        if self._disconnected_callback:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        if self._link:
            with bleak_errors():
                await self._link.disconnect()

    async def pair(self, *_: object, **__: object) -> None:
        raise NotImplementedError

    async def unpair(self) -> None:
        raise NotImplementedError

    async def read_gatt_char(self, characteristic: Any, **_: object) -> bytearray:
        with bleak_errors():
            return bytearray(await characteristic.obj.read_value())

    async def read_gatt_descriptor(self, descriptor: Any, **_: object) -> bytearray:
        with bleak_errors():
            return bytearray(await descriptor.obj.read_value())

    async def write_gatt_char(self, characteristic: Any, data: Any, response: bool) -> None:
        with bleak_errors():
            await characteristic.obj.write_value(bytes(data), with_response=response)

    async def write_gatt_descriptor(self, descriptor: Any, data: Any) -> None:
        with bleak_errors():
            await descriptor.obj.write_value(bytes(data), with_response=True)

    async def start_notify(self, characteristic: Any, callback: Any, **_: object) -> None:
        def pass_on(value: bytes) -> None:
            callback(bytearray(value))

        self._callbacks[characteristic.handle] = pass_on
        notify = "notify" in characteristic.properties
        with bleak_errors():
            await characteristic.obj.subscribe(pass_on, prefer_notify=notify)

    async def stop_notify(self, characteristic: Any) -> None:
        await characteristic.obj.unsubscribe(self._callbacks.pop(characteristic.handle))


def client_of(phone: Device) -> type[BaseBleakClient]:
    return type("Client", (VirtualClient,), {"phone": phone})


@dataclass
class Air:
    """A phone and a device in reach of each other."""

    phone: Device
    device: Device

    async def send(self, characteristic: Any, data: bytes) -> None:
        await self.device.notify_subscribers(characteristic, data)

    async def drop(self) -> None:
        """The device goes out of reach, and is soon heard again."""
        for connection in list(self.device.connections.values()):
            await connection.disconnect()


@asynccontextmanager
async def air(name: str, services: list[Service]) -> AsyncIterator[Air]:
    """A device that advertises its services, and a phone."""
    async with airs({name: services}) as (one,):
        yield one


@asynccontextmanager
async def airs(devices: dict[str, list[Service]]) -> AsyncIterator[list[Air]]:
    """Several devices, and one phone."""
    link = LocalLink()
    phone = _side(link, "Phone", "E0:E1:E2:E3:E4:E5")
    worlds = [
        Air(phone, _advertising(_side(link, name, f"F0:F1:F2:F3:F4:F{number}"), name, services))
        for number, (name, services) in enumerate(devices.items())
    ]
    await phone.power_on()
    for world in worlds:
        await world.device.power_on()
        await world.device.start_advertising(
            auto_restart=True, advertising_interval_min=20, advertising_interval_max=20
        )
    try:
        yield worlds
    finally:
        await phone.power_off()
        for world in worlds:
            await world.device.power_off()


def _side(link: LocalLink, name: str, address: str) -> Device:
    controller = Controller(name, link=link)
    return Device(name=name, address=Address(address), host=Host(controller, controller))


def _advertising(device: Device, name: str, services: list[Service]) -> Device:
    device.add_services(services)
    uuids = b"".join(service.uuid.to_bytes() for service in services)
    device.advertising_data = bytes(
        AdvertisingData(
            [
                (AdvertisingData.COMPLETE_LOCAL_NAME, name.encode()),
                (AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, uuids),
            ]
        )
    )
    return device
