import re
import signal

import pyperf
import pytest

from fastpaths import __version__, cli


def test_help_names_every_command(capsys):
    assert cli.main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"  {command} " in said for command in cli.COMMANDS)


def test_help_fits_a_terminal_and_every_command_has_its_topic():
    assert max(map(len, cli.usage().splitlines())) <= 80
    assert sorted(name for names in cli.TOPICS.values() for name in names) == sorted(cli.COMMANDS)


def test_without_arguments_it_explains_itself(capsys):
    assert cli.main([]) == 0
    assert "usage" in capsys.readouterr().out


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"fastpaths {__version__}\n"


def test_an_unknown_command_exits_with_2_and_the_nearest(capsys):
    assert cli.main(["lok"]) == 2
    assert "did you mean 'look'?" in capsys.readouterr().err
    assert cli.main(["zzz"]) == 2
    assert "there are list, look" in capsys.readouterr().err


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([command, "--help"])
    assert stop.value.code == 0
    assert f"usage: fastpaths {command}" in capsys.readouterr().out


def test_what_help_says_of_every_command_is_true(monkeypatch, capsys):
    monkeypatch.setattr(pyperf.Runner, "_created", set())  # it wants to be the only one of a process
    options = {}
    for command in cli.COMMANDS:
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
        options[command] = set(re.findall(r"^  .*?(--\w+)", capsys.readouterr().out, re.M))
    said = " ".join(cli.usage().split())
    assert "Every command but report and broker: -o FILE writes what it found, as JSON, and --json prints that" in said
    assert {command for command in options if not {"--output", "--json"} <= options[command]} == {"report", "broker"}
    assert "Where cases are listed or measured, --preset quick|default|production" in said
    measuring = {*cli.TOPICS["Look around"], *cli.TOPICS["Measure"], "compare"}
    assert {command for command in options if "--preset" in options[command]} == measuring


@pytest.mark.parametrize(("arguments", "missing"), [(["compare", "HEAD"], "B"), (["explain"], "FILE")])
def test_what_may_be_left_out_is_not_called_required(arguments, missing, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.endswith(f"the following arguments are required: {missing}\n")


def test_a_missing_extra_names_the_install_command(monkeypatch, capsys):
    monkeypatch.setitem(cli.COMMANDS, "list", ("a_package_that_is_not_there", ""))
    assert cli.main(["list"]) == 2
    assert "pip install 'fastpaths[bench]'" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_exits_with_130(number, monkeypatch, capsys):
    monkeypatch.setattr(cli, "import_module", lambda name: signal.raise_signal(number))
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell ignores it
    try:
        before = signal.getsignal(number)
        assert cli.main(["list"]) == 130
        assert capsys.readouterr().err == "fastpaths: interrupted\n"
        assert signal.getsignal(number) is before
    finally:
        signal.signal(signal.SIGINT, inherited)


def test_sigterm_ends_a_background_job_of_a_shell_too(monkeypatch):
    monkeypatch.setattr(cli, "import_module", lambda name: signal.raise_signal(signal.SIGTERM))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert cli.main(["list"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
