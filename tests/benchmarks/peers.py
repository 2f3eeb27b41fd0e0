"""W1 and W2 with other packages, run by an interpreter that has them; prints one JSON line each.

Knows nothing of this project. Each package is used the way its own documentation simulates: a
compound distribution for the gross loss, and one with a layered severity, on the same seed, for
what is ceded before the annual limit.
"""

import json
import math
import sys
import time

import numpy as np

MU, SIGMA = math.log(20.0), 1.8
ATTACHMENT = 10.0
LAYERS = (50, 100, 150, 200, 300, 400, 500, 700, 1000, 2000)


def lossmodels(rate, layers, measure, n):
    from lossmodels import CollectiveRiskModel, Lognormal, Poisson
    from lossmodels.aggregate.risk_measures import tvar, var
    from lossmodels.coverage.layer import Layer

    severity, frequency = Lognormal(MU, SIGMA), Poisson(rate)
    found = []
    if measure:
        gross = CollectiveRiskModel(frequency, severity).sample(n, rng=1)
        found += [gross.mean(), var(gross, 0.995), tvar(gross, 0.995)]
    for limit, aggregate in layers:
        layer = Layer(severity, ATTACHMENT, limit)
        ceded = np.minimum(CollectiveRiskModel(frequency, layer).sample(n, rng=1), aggregate)
        found += [ceded.mean()] if measure else [ceded.mean(), (ceded >= aggregate).mean()]
    return found


def open_riskpy(rate, layers, measure, n):
    from riskpy.mc import Compound, Distribution, LogNormal, Poisson, simulate

    class Layered(Distribution):
        def __init__(self, ground_up, attachment, limit):
            self.ground_up, self.attachment, self.limit = ground_up, attachment, limit
            self.discrete = False

        def sample(self, size, rng):
            above = self.ground_up.sample(size, rng) - self.attachment
            return np.clip(above, 0.0, self.limit)

        def support(self):
            return (0.0, self.limit)

    severity, found = LogNormal(MU, SIGMA), []
    if measure:
        result = simulate(
            lambda s: s, trials=n, seed=1, keep_inputs=False, s=Compound(Poisson(rate), severity)
        )
        found += [result.mean, result.var(0.995), result.tvar(0.995)]
    for limit, aggregate in layers:
        ceded = simulate(
            lambda s, most=aggregate: np.minimum(s, most),
            trials=n,
            seed=1,
            keep_inputs=False,
            s=Compound(Poisson(rate), Layered(severity, ATTACHMENT, limit)),
        )
        found += [ceded.mean] if measure else [ceded.mean, (ceded.values >= aggregate).mean()]
    return found


def gemact(rate, layers, measure, n):
    from gemact import Frequency, Layer, LossModel, PolicyStructure, Severity

    found = []
    for limit, aggregate in layers:
        model = LossModel(
            frequency=Frequency(dist="poisson", par={"mu": rate}),
            severity=Severity(dist="lognormal", par={"shape": SIGMA, "scale": math.exp(MU)}),
            policystructure=PolicyStructure(
                layers=Layer(cover=limit, deductible=ATTACHMENT, aggr_cover=aggregate)
            ),
            aggr_loss_dist_method="mc",
            n_sim=n,
            random_state=1,
        )
        found.append(float(model.mean(use_dist=True)))
    return found


PACKAGES = {"lossmodels": lossmodels, "open-riskpy": open_riskpy, "gemact": gemact}
WORKLOADS = {
    "W1": ([(300, 500)], True),
    "W2": ([(limit, 1.5 * limit) for limit in LAYERS], False),
}


def main(package, workload, rate, n, repeats):
    layers, measure = WORKLOADS[workload]
    work = PACKAGES[package]
    work(rate, layers, measure, 1000)
    best, found = math.inf, []
    for _ in range(repeats):
        start = time.process_time()
        found = work(rate, layers, measure, n)
        best = min(best, time.process_time() - start)
    answer = {"seconds": best, "found": [float(value) for value in found]}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
