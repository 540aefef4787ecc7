"""
Wires everything; the only place that knows both sides of ``interfaces``.

Reading it is reading the product: push -> commit -> build -> image -> instance -> route -> visitor.
"""

import os
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from spaceport.data_folder import make_data_folder
from spaceport.embedded_redis import redis_url
from spaceport.errors import SettingsError
from spaceport.secret import internal_secret
from spaceport.settings import Settings
from spaceport_runner.settings import PackageSources, RunnerSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from spaceport.adapters.database import SqlDatabase
    from spaceport.controller import Controller
    from spaceport.domain.timer import TimerAction
    from spaceport.gateway.settings import GatewaySettings
    from spaceport.interfaces import Objects
    from spaceport.notify.courier import Courier
    from spaceport.rollout.domain_check import DomainCheck
    from spaceport.rollout.timers import Do, Timers
    from spaceport.services import Services
    from spaceport_runner.sealing import Sealer

#: Where Debian and Red Hat keep the certificates a machine trusts.
_MACHINE_CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def make_database(settings: Settings) -> "SqlDatabase":
    """The database with its tables brought up to date."""
    from spaceport.adapters.database import SqlDatabase

    make_data_folder(settings.data_dir)
    database = SqlDatabase(settings.database)
    database.migrate()
    return database


def make_services(settings: Settings) -> "Services":
    """What the hub's requests work with."""
    from spaceport.adapters.build_queue import RqBuildQueue
    from spaceport.adapters.events import RedisEventBus
    from spaceport.adapters.fleet import RedisFleet
    from spaceport.adapters.log_files import LogFiles
    from spaceport.adapters.route_table import RedisRouteTable
    from spaceport.services import Services

    url = redis_url(settings)
    return Services(
        settings=settings,
        database=make_database(settings),
        events=RedisEventBus(url),
        queue=RqBuildQueue(url),
        fleet=RedisFleet(url),
        routes=RedisRouteTable(url),
        logs=LogFiles(),
        objects=make_objects(settings),
        clock=SystemClock(),
        internal_secret=internal_secret(settings),
        sealer=make_sealer(settings),
    )


def make_objects(settings: Settings) -> "Objects":
    """Large files: a folder, or a bucket by its address."""
    if settings.objects.startswith("s3://"):
        from spaceport.adapters.s3_objects import S3Objects

        staging = settings.data_dir.resolve() / "objects" / "incoming"
        return S3Objects(settings.objects, staging, settings.objects_wait_seconds)
    from spaceport.adapters.disk_objects import DiskObjects

    make_data_folder(settings.data_dir)
    return DiskObjects(Path(settings.objects or settings.data_dir / "objects").resolve())


def make_sealer(settings: Settings) -> "Sealer":
    """
    With the key of the settings or of the data folder, made at the first start.

    Raises: SettingsError when the key of the settings is none.
    """
    from spaceport_runner.sealing import Sealer, sealing_key

    make_data_folder(settings.data_dir)
    try:
        return Sealer(sealing_key(settings.data_dir, settings.secrets_key))
    except ValueError as error:
        raise SettingsError("SPACEPORT_SECRETS_KEY must be 32 bytes in URL-safe base64") from error


def make_hub(settings: Settings) -> "FastAPI":
    """push -> commit, the API and the pages. Makes the first user where there is none."""
    from spaceport.first_start import ensure_admin
    from spaceport.hub_app import make_app

    services = make_services(settings)
    ensure_admin(services)
    return make_app(services)


def make_controller(settings: Settings, stop: threading.Event) -> "Controller":
    """commit -> build, image -> instance -> route."""
    from spaceport.adapters.build_queue import RqBuildQueue
    from spaceport.adapters.events import RedisEventBus
    from spaceport.adapters.fleet import RedisFleet
    from spaceport.adapters.route_table import RedisRouteTable
    from spaceport.adapters.visit_counters import RedisVisitCounters
    from spaceport.adapters.wakeups import RedisWakeups
    from spaceport.builds.step import BuildStep
    from spaceport.controller import Controller
    from spaceport.rollout.activity import ActivityStep
    from spaceport.rollout.garbage import GarbageStep
    from spaceport.rollout.sampling import SampleStep
    from spaceport.rollout.step import RolloutStep
    from spaceport.rollout.visits import VisitStep
    from spaceport_runner.template import load_templates

    url, clock, database = redis_url(settings), SystemClock(), make_database(settings)
    fleet, routes = RedisFleet(url), RedisRouteTable(url)
    templates, secret = load_templates(settings.templates_dir), internal_secret(settings)
    builds = BuildStep(settings, database, RqBuildQueue(url), fleet, clock, templates, secret)
    rollout = RolloutStep(settings, database, fleet, routes, RedisEventBus(url), clock, templates, secret)
    garbage = GarbageStep(settings, database, fleet)
    activity, samples = ActivityStep(database, routes, clock), SampleStep(database, fleet, clock)
    visits = VisitStep(database, RedisVisitCounters(url), clock)
    return Controller(RedisWakeups(url), builds, rollout, activity, garbage, samples, visits, stop)


def make_courier(settings: Settings, stop: threading.Event) -> "Courier":
    """What happened -> who wants to know. A thread beside the controller."""
    from spaceport.adapters.poster import HttpPoster
    from spaceport.notify.courier import Courier, NewsReader
    from spaceport.notify.notices import NoticeStep
    from spaceport.notify.step import NotifyStep

    clock, database = SystemClock(), make_database(settings)
    readers: list[NewsReader] = [NotifyStep(database, clock, settings.hub), NoticeStep(database, clock)]
    poster = HttpPoster(settings.webhooks_to_loopback, apps_network=settings.app_network_pool)
    return Courier(readers, database, poster, make_sealer(settings), clock, stop)


def make_domain_check(settings: Settings, stop: threading.Event) -> "DomainCheck":
    """Waits with owners for the records that prove their domains. A thread beside the controller."""
    from spaceport.adapters.dns_texts import DnsTexts
    from spaceport.adapters.events import RedisEventBus
    from spaceport.rollout.domain_check import DomainCheck

    events = RedisEventBus(redis_url(settings))
    return DomainCheck(make_database(settings), DnsTexts(), events, SystemClock(), stop)


def make_timers(settings: Settings, stop: threading.Event) -> "Timers":
    """The clock -> what people could do by hand. A thread beside the controller."""
    from spaceport.rollout.timers import Timers

    return Timers(make_services(settings), timer_deeds(), stop)


def timer_deeds() -> "dict[TimerAction, Do]":
    """What each action of a timer is."""
    from spaceport.builds.commands import rebuild
    from spaceport.domain.timer import TimerAction
    from spaceport.rollout.commands import pause, restart, resume

    return {
        TimerAction.RESTART: partial(restart, reason="by a timer"),
        TimerAction.REBUILD: rebuild,
        TimerAction.WAKE: partial(restart, reason="woken by a timer"),
        TimerAction.PAUSE: partial(pause, reason="by a timer"),
        TimerAction.START: partial(resume, reason="by a timer"),
    }


def make_gateway_settings(settings: Settings) -> "GatewaySettings":
    """route -> visitor."""
    from spaceport.gateway.settings import GatewaySettings
    from spaceport.gateway.waiting_room import RoomLimits

    return GatewaySettings(
        gateway_id=f"{settings.runner_id}-{settings.apps_port}",
        hub_url=settings.hub,
        routes_file=settings.data_dir.resolve() / "gateway" / "routes.json",
        redis_url=redis_url(settings),
        listen_host=settings.listen_host,
        listen_port=settings.apps_port,
        apps_domain=settings.apps_domain,
        public_scheme=settings.apps_scheme,
        trusted_proxies=tuple(part.strip() for part in settings.trusted_proxies.split(",") if part.strip()),
        room_limits=RoomLimits(seconds=settings.hold_seconds),
    )


def make_runner_settings(settings: Settings, stop_instances_on_exit: bool = False) -> RunnerSettings:
    """build -> image, and the instances themselves."""
    return RunnerSettings(
        runner_id=settings.runner_id,
        data_dir=settings.data_dir.resolve(),
        templates_dir=settings.templates_dir.resolve(),
        redis_url=redis_url(settings),
        engine=settings.engine,
        builders=settings.builders,
        gpus=settings.gpus,
        base_image=settings.base_image,
        app_network_pool=settings.app_network_pool,
        build_memory_bytes=settings.build_memory_bytes,
        log_limit_bytes=settings.log_limit_bytes,
        preload_limit_bytes=settings.max_preload_bytes,
        mount_limit_bytes=settings.max_mount_bytes,
        packages=PackageSources(
            ca_bundle=_ca_bundle(settings),
            index_url=settings.index_url or None,
            find_links=Path(settings.find_links) if settings.find_links else None,
            debian_mirror=settings.debian_mirror or None,
        ),
        stop_instances_on_exit=stop_instances_on_exit,
        secrets_key=settings.secrets_key,
    )


def _ca_bundle(settings: Settings) -> Path | None:
    """The setting, else what this machine trusts: builds inside containers should trust no less."""
    candidates = (settings.ca_bundle, os.environ.get("SSL_CERT_FILE", ""), *_MACHINE_CA_BUNDLES)
    return next((Path(candidate) for candidate in candidates if candidate and Path(candidate).is_file()), None)
