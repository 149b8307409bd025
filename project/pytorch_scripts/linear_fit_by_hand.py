"""A line through points, found by gradient descent without an optimizer."""

import numpy as np
import torch

torch.manual_seed(3)
inputs = torch.linspace(-1, 1, 50).unsqueeze(1)
targets = 3.0 * inputs - 0.5 + 0.1 * torch.randn(50, 1)

weight = torch.zeros(1, 1, requires_grad=True)
bias = torch.zeros(1, requires_grad=True)

epochs, learning_rate = 2001, 0.05
for epoch in range(epochs):
    predicted = inputs @ weight + bias
    loss = ((predicted - targets) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        weight -= learning_rate * weight.grad
        bias -= learning_rate * bias.grad
        weight.grad.zero_()
        bias.grad.zero_()
    if epoch % 500 == 0:
        print(f"epoch {epoch}: loss {loss.item():.4f}")

print(f"y = {weight.item():.3f} x + {bias.item():.3f}")

# The same by least squares.
columns = np.hstack([inputs.numpy(), np.ones((50, 1), dtype=np.float32)])
solution, *_ = np.linalg.lstsq(columns, targets.numpy(), rcond=None)
print(np.allclose(solution.ravel(), [weight.item(), bias.item()], atol=1e-3))
