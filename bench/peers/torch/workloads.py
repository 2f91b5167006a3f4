"""The workloads of `./steepest bench`, in PyTorch on a CUDA device, float32 throughout (no TF32): a peer on the same card.

    python3 bench/peers/torch/workloads.py [--batch 64] [--seconds 0.5]

Prints a line for each and, at the end, one JSON object: milliseconds of each, the median over rounds.
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--seconds", type=float, default=0.5)
options = parser.parse_args()

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.manual_seed(1)
device = torch.device("cuda")


def floats(*shape):
    return torch.rand(*shape, device=device) * 2 - 1


def milliseconds(run):
    """Median time of a call, of as many in a row as take about a fiftieth of the time, by the host's clock."""
    for _ in range(3):
        run()
    torch.cuda.synchronize()
    begin = time.perf_counter()
    run()
    torch.cuda.synchronize()
    calls = max(1, int(options.seconds / 50 / max(1e-6, time.perf_counter() - begin)))
    rounds = []
    end = time.perf_counter() + options.seconds
    while time.perf_counter() < end or len(rounds) < 3:
        begin = time.perf_counter()
        for _ in range(calls):
            run()
        torch.cuda.synchronize()
        rounds.append((time.perf_counter() - begin) / calls * 1e3)
    return statistics.median(rounds)


def model(name):
    if name == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    if name == "lenet":
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128 * 49, 128), nn.ReLU(), nn.Linear(128, 10))


def step(name):
    net = model(name).to(device)
    sgd = torch.optim.SGD(net.parameters(), 0.01)
    x = floats(options.batch, 1, 28, 28)
    y = torch.randint(0, 10, (options.batch,), device=device)

    def run():
        sgd.zero_grad()
        F.cross_entropy(net(x), y).backward()
        sgd.step()

    return run


a, b = floats(256, 256), floats(1024, 1024)
left, right = floats(64, 784), floats(784, 256)
tall, square, vector = floats(64, 1024), floats(2048, 2048), floats(2048, 1)
batched = floats(32, 128, 128)
x, w, y = floats(32, 32, 28, 28), floats(64, 32, 3, 3), floats(32, 64, 28, 28)
first, few = floats(64, 1, 28, 28), floats(6, 1, 5, 5)
long, short = floats(1 << 22), floats(65536, 10)
work = {
    "matmul 256 x 256 x 256": lambda: a @ a,
    "matmul 1024 x 1024 x 1024": lambda: b @ b,
    "matmul 2048 x 2048 x 2048": lambda: square @ square,
    "matmul 64 x 784 x 256": lambda: left @ right,
    "matmul 1024 x 64 x 1024, left transposed": lambda: tall.T @ tall,
    "matmul 2048 x 2048 x 1": lambda: square @ vector,
    "matmul 32 of 128 x 128 x 128": lambda: batched @ batched,
    "convolution forward [32,32,28,28] 64 of 3 x 3": lambda: F.conv2d(x, w, padding=1),
    "convolution input gradient [32,32,28,28] 64 of 3 x 3": lambda: torch.nn.grad.conv2d_input(x.shape, w, y, padding=1),
    "convolution weight gradient [32,32,28,28] 64 of 3 x 3": lambda: torch.nn.grad.conv2d_weight(x, w.shape, y, padding=1),
    "convolution forward [64,1,28,28] 6 of 5 x 5": lambda: F.conv2d(first, few, padding=2),
    "pointwise relu, 4 M elements": lambda: long.relu(),
    "pointwise tanh, 4 M elements": lambda: long.tanh(),
    "pointwise a b + sigmoid(a), 4 M elements": lambda: long * long + long.sigmoid(),
    "reduction sum of 4 M elements": lambda: long.sum(),
    "reduction sums of 2048 rows of 2048": lambda: square.sum(1),
    "reduction sums of 65536 rows of 10": lambda: short.sum(1),
    "reduction sums of 2048 columns of 2048": lambda: square.sum(0),
    "reduction maxima of 2048 rows of 2048": lambda: square.amax(1),
    **{f"step {m}, batch {options.batch}": step(m) for m in ("mlp", "lenet", "cnn")},
}
times = {}
for name, run in work.items():
    times[name] = milliseconds(run)
    print(f"{name:58} {times[name]:9.4f} ms", flush=True)
print(json.dumps({"device": torch.cuda.get_device_name(), "torch": torch.__version__, "milliseconds": times}))
