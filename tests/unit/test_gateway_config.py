"""The gateway's configuration: who gets a request, and who never does."""

from components._gateway_config import Backend, Listener, gateway_config

_BACKENDS = [
    Backend(name="web", server_name="web-server", port=80, health_path="/ready"),
    Backend(name="store", server_name="store-server", port=80, health_path="/health"),
]


def _section(text: str, head: str) -> list[str]:
    """Return the lines of a section."""
    _, _, rest = text.partition(f"{head}\n")
    return [line.strip() for line in rest.partition("\n\n")[0].splitlines()]


def test_a_server_gets_requests_from_its_second_good_answer_on_and_not_before() -> None:
    section = _section(gateway_config([], _BACKENDS), "backend web")
    assert "http-check expect status 200" in section
    assert any("uri /ready " in line for line in section)
    (servers,) = [line for line in section if line.startswith("server-template")]
    assert " web-server:80 " in servers
    assert " check init-state fully-down " in servers
    assert " rise 2 " in servers


def test_a_request_that_a_server_may_have_seen_is_never_sent_again() -> None:
    lines = _section(gateway_config([], _BACKENDS), "defaults")
    (retried,) = [line for line in lines if line.startswith("retry-on")]
    assert retried == "retry-on conn-failure"
    # A kept connection may be closed just as the next request is on its way.
    assert "http-reuse never" in lines


def test_a_port_with_one_service_answers_whatever_name_is_asked_for() -> None:
    listener = Listener(port=8080, backends={"web": "web", "www": "web"})
    section = _section(gateway_config([listener], _BACKENDS), "frontend port-8080")
    assert section == [
        "bind :8080",
        "use_backend unwell-web if { nbsrv(web) eq 0 }",
        "use_backend web",
    ]


def test_services_on_one_port_are_told_apart_by_the_name_that_is_asked_for() -> None:
    listener = Listener(port=80, backends={"web": "web", "Store": "store"})
    section = _section(gateway_config([listener], _BACKENDS), "frontend port-80")
    assert section[1:3] == [
        "use_backend unwell-store if { nbsrv(store) eq 0 }"
        " { req.hdr(host),host_only,lower -m str store }",
        "use_backend store if { req.hdr(host),host_only,lower -m str store }",
    ]
    assert section[4] == "use_backend web if { req.hdr(host),host_only,lower -m str web }"


def test_where_no_server_is_well_its_own_error_is_shown() -> None:
    section = _section(gateway_config([], _BACKENDS), "backend unwell-web")
    # No question about health: any server that listens will do.
    assert not [line for line in section if line.startswith(("option httpchk", "http-check"))]
