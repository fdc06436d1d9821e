"""The health of a service: that of everything it can't work without."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CollectorRegistry, Gauge
from starlette.responses import JSONResponse

from service import logs
from service.build import Build

Check = Callable[[], Awaitable[bool]]

_SECONDS_BETWEEN_CHECKS = 5


class Health:
    """Asks the dependencies of a service whether they answer."""

    def __init__(
        self,
        service: str,
        build: Build,
        checks: Mapping[str, Check],
        *,
        registry: CollectorRegistry,
        gauge_names: Mapping[str, str],
    ) -> None:
        """Prepare the gauges.

        Args:
            service: Name of the service, which its gauges begin with.
            build: What the gauges are labelled with.
            checks: For each dependency, by its name in the health report, how to ask it.
            registry: Where the gauges go.
            gauge_names: For each dependency, its name within the gauges' names.
        """
        self._build = build
        self._checks = dict(checks)
        self._log = logs.logger(service)
        labels = build.labels

        def gauge(name: str, documentation: str) -> Gauge:
            family = Gauge(name, documentation, tuple(labels), registry=registry)
            return family.labels(**labels)

        self._health = gauge(f"{service}_health", "Whether the service works (1) or not (0)")
        self._availability = {
            dependency: gauge(
                f"{service}_health_{gauge_names[dependency]}_availability",
                f"Whether {gauge_names[dependency]} answers (1) or not (0)",
            )
            for dependency in checks
        }

    async def report(self) -> tuple[int, dict[str, int]]:
        """Ask all dependencies at once; return the status of the service and of each of them."""
        answers = await asyncio.gather(*(self._ask(name) for name in self._checks))
        dependencies = dict(zip(self._checks, answers, strict=True))
        return int(all(answers)), dependencies

    async def respond(self) -> JSONResponse:
        """Return the health report, with HTTP 503 when a dependency doesn't answer."""
        status, dependencies = await self.report()
        return JSONResponse(
            {
                "status": status,
                "dependent_services": dependencies,
                "version": self._build.version,
            },
            status_code=200 if status else 503,
            headers={"Cache-Control": "no-store"},
        )

    async def watch(self) -> None:
        """Keep the gauges up to date for as long as the service runs."""
        while True:
            status, dependencies = await self.report()
            self._health.set(status)
            for name, available in dependencies.items():
                self._availability[name].set(available)
            await asyncio.sleep(_SECONDS_BETWEEN_CHECKS)

    async def _ask(self, name: str) -> int:
        try:
            return int(await self._checks[name]())
        except Exception:
            # A check that breaks must not end the watch, which nothing would start again.
            self._log.exception("health_check_broke", dependency=name)
            return 0
