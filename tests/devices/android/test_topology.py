from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.devices.android.topology import (
    CORES,
    Cluster,
    Topology,
    choose_cpus,
    cpus_of_mask,
    mask_of,
    parse_cpu_list,
    parse_topology,
)
from harness.errors import UsageError

CPU = "/sys/devices/system/cpu"


def listing(clusters: list[tuple[range, int | None, int | None]], *, online: str | None = None) -> str:
    """What a phone answers: (cores, capacity, highest clock) of each cluster."""
    lines = [f"{CPU}/online={online}"] if online else []
    for cpus, capacity, khz in clusters:
        for cpu in cpus:
            if capacity is not None:
                lines.append(f"{CPU}/cpu{cpu}/cpu_capacity={capacity}")
            if khz is not None:
                lines.append(f"{CPU}/cpu{cpu}/cpufreq/related_cpus={' '.join(map(str, cpus))}")
                lines.append(f"{CPU}/cpu{cpu}/cpufreq/cpuinfo_max_freq={khz}")
    return "\n".join(lines)


PIXEL_4 = listing(
    [(range(4), 261, 1785600), (range(4, 7), 871, 2419200), (range(7, 8), 1024, 2841600)], online="0-7"
)
PIXEL_6 = listing([(range(4), 160, 1803000), (range(4, 6), 498, 2253000), (range(6, 8), 1024, 2802000)])
PIXEL_2 = listing([(range(4), None, 1900800), (range(4, 8), None, 2457600)], online="0-7")


def masks(topology: Topology) -> list[str]:
    return [cluster.mask for cluster in topology.clusters]


def test_clusters_come_from_capacity():
    assert masks(parse_topology(PIXEL_4)) == ["f", "70", "80"]
    assert masks(parse_topology(PIXEL_6)) == ["f", "30", "c0"]
    assert str(parse_topology(PIXEL_4)) == "4(0-3) + 3(4-6) + 1(7)"


def test_clusters_come_from_the_highest_clock_where_old_kernels_tell_no_capacity():
    topology = parse_topology(PIXEL_2)
    assert masks(topology) == ["f", "f0"]
    assert [cluster.capacity for cluster in topology.clusters] == [None, None]


def test_a_fast_cluster_may_have_the_first_cores():
    topology = parse_topology(listing([(range(2), 1024, 2000000), (range(2, 6), 400, 1500000)], online="0-5"))
    assert masks(topology) == ["3c", "3"]


def test_cores_that_tell_nothing_are_one_cluster():
    assert masks(parse_topology(f"{CPU}/online=0-7")) == ["ff"]


def test_cores_that_are_off_are_left_out():
    topology = parse_topology(PIXEL_4.replace("online=0-7", "online=0-5"))
    assert masks(topology) == ["f", "30"]


def test_a_capacity_that_only_some_cores_tell_is_not_used():
    partly = "\n".join(line for line in PIXEL_4.splitlines() if "cpu7/cpu_capacity" not in line)
    assert masks(parse_topology(partly)) == ["f", "70", "80"]  # by their clocks


def test_equal_cores_with_clocks_of_their_own_are_two_clusters():
    assert masks(parse_topology(listing([(range(2), 1024, 2000000), (range(2, 4), 1024, 2000000)]))) == [
        "3",
        "c",
    ]


def test_a_clock_for_each_core_makes_no_clusters():
    assert masks(parse_topology(listing([(range(n, n + 1), None, 3000000) for n in range(4)]))) == ["f"]


def test_nothing_readable_is_no_topology():
    denied = f"sh: can't open {CPU}/online: Permission denied\n{CPU}/cpu0/cpufreq/cpuinfo_max_freq=\n"
    assert parse_topology(denied) == Topology()
    assert str(Topology()) == "unknown"


@pytest.mark.parametrize(
    ("phone", "cores", "threads", "mask"),
    [
        (PIXEL_4, None, 1, "80"),
        (PIXEL_4, None, 2, "f0"),
        (PIXEL_4, None, 4, "f0"),
        (PIXEL_4, None, 8, "ff"),
        (PIXEL_4, None, 16, "ff"),
        (PIXEL_4, "big", 1, "f0"),
        (PIXEL_4, "prime", 4, "80"),
        (PIXEL_4, "little", 1, "f"),
        (PIXEL_4, "all", 1, "ff"),
        (PIXEL_4, "0xC0", 1, "c0"),
        (PIXEL_6, None, 2, "c0"),
        (PIXEL_6, None, 4, "f0"),
        (PIXEL_2, "big", 1, "f0"),
        (PIXEL_2, "prime", 1, "f0"),
        (f"{CPU}/online=0-3", "big", 1, "f"),
    ],
)
def test_cores_are_chosen_by_name_by_mask_or_by_the_number_of_threads(phone, cores, threads, mask):
    choice = choose_cpus(parse_topology(phone), threads=threads, cores=cores)
    assert choice is not None
    assert choice.mask == mask


@pytest.mark.parametrize("cores", ["0", "", "fff", "huge", "-1", "0x", "f0; reboot"])
def test_a_mask_that_is_none_or_names_cores_that_are_not_there_is_a_usage_error(cores):
    with pytest.raises(UsageError, match="--cores"):
        choose_cpus(parse_topology(PIXEL_4), threads=1, cores=cores)


def test_an_unknown_topology_takes_a_mask_and_no_name():
    assert choose_cpus(Topology(), threads=4) is None
    assert str(choose_cpus(Topology(), threads=4, cores="f0").mask) == "f0"
    with pytest.raises(UsageError, match="give a mask"):
        choose_cpus(Topology(), threads=4, cores="big")


cpus = st.sets(st.integers(0, 127), min_size=1, max_size=32)


@given(cpus)
def test_a_mask_names_exactly_its_cores(chosen: set[int]):
    assert cpus_of_mask(mask_of(chosen)) == tuple(sorted(chosen))
    assert cpus_of_mask("0x" + mask_of(chosen).upper()) == tuple(sorted(chosen))


@given(cpus)
def test_a_clusters_name_is_a_list_the_kernel_would_write(chosen: set[int]):
    assert parse_cpu_list(Cluster(tuple(sorted(chosen))).name) == tuple(sorted(chosen))


sizes = st.lists(st.integers(1, 6), min_size=1, max_size=5)


@given(sizes, st.integers(1, 64))
def test_every_choice_is_of_online_cores_and_the_automatic_one_has_a_core_for_each_thread(
    counts: list[int], threads: int
):
    starts = [sum(counts[:n]) for n in range(len(counts))]
    clusters = [
        (range(start, start + count), 100 * (n + 1), 10**6 * (n + 1))
        for n, (start, count) in enumerate(zip(starts, counts, strict=True))
    ]
    topology = parse_topology(listing(clusters))
    assert topology.cpus == tuple(range(sum(counts)))
    for cores in (None, *CORES):
        choice = choose_cpus(topology, threads=threads, cores=cores)
        assert choice is not None
        assert set(choice.cpus) <= set(topology.cpus)
        assert topology.clusters[-1].cpus[0] in choice.cpus or cores == "little"
    automatic = choose_cpus(topology, threads=threads)
    assert automatic is not None
    assert len(automatic.cpus) >= min(threads, sum(counts))


@given(st.text())
def test_any_text_is_read_without_an_error(text: str):
    parse_topology(text)
    parse_cpu_list(text)


facts = st.lists(
    st.tuples(
        st.sampled_from(
            ["online", "cpu0/cpu_capacity", "cpu3/cpufreq/related_cpus", "cpu9/cpufreq/cpuinfo_max_freq"]
        ),
        st.text(st.sampled_from("0123456789-, x"), max_size=12),
    ),
    max_size=8,
)


@given(facts)
def test_any_values_give_clusters_that_share_no_core(pairs: list[tuple[str, str]]):
    topology = parse_topology("\n".join(f"{CPU}/{name}={value}" for name, value in pairs))
    cores = [cpu for cluster in topology.clusters for cpu in cluster.cpus]
    assert len(cores) == len(set(cores))
