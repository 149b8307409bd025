"""Tensors, graphs and gradients, from the beginning.

Runs on PyTorch and on minitorch, with the same text:

    python project/pytorch_scripts/tensors_and_autograd.py
    minitorch run project/pytorch_scripts/tensors_and_autograd.py
"""

import torch
import torch.autograd as autograd
import torch.nn as nn
import torch.nn.functional as F  # noqa: N812
import torch.optim as optim

torch.manual_seed(1)
print(autograd.__name__.split(".")[-1], nn.__name__.split(".")[-1])
print(callable(F.relu), callable(optim.SGD))

# ---- tensors of lists: a vector, a matrix, and a cube of numbers

vector = torch.tensor([1.0, 2.0, 3.0])
print(vector)
matrix = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
print(matrix)
cube = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])
print(cube)

# ---- an index gives what has one dimension less

print(vector[0])
print(vector[0].item())
print(matrix[0])
print(cube[0])

# ---- other dtypes

print(torch.tensor([1, 2, 3]), torch.tensor([1, 2, 3]).dtype)
print(torch.LongTensor([4, 5]), torch.FloatTensor([4, 5]))
print(matrix.type(torch.LongTensor), matrix.type())

# ---- random numbers that the seed decides

x = torch.randn((3, 4, 5))
print(x)

# ---- arithmetic

x = torch.tensor([1.0, 2.0, 3.0])
y = torch.tensor([4.0, 5.0, 6.0])
print(x + y)
print(x * y - 2 / y)
print(matrix + x)

# ---- joining: rows by default, columns along dimension 1

x_1 = torch.randn(2, 5)
y_1 = torch.randn(3, 5)
print(torch.cat([x_1, y_1]))
x_2 = torch.randn(2, 3)
y_2 = torch.randn(2, 5)
print(torch.cat([x_2, y_2], 1))
try:
    torch.cat([x_1, x_2])
except RuntimeError as error:
    print("cat complains:", isinstance(error, RuntimeError))

# ---- another shape

x = torch.randn(2, 3, 4)
print(x)
print(x.view(2, 12))
print(x.view(2, -1))
print(x.size(), x.shape)

# ---- a graph, made by computing

x = torch.tensor([1.0, 2.0, 3], requires_grad=True)
y = torch.tensor([4.0, 5.0, 6], requires_grad=True)
z = x + y
print(z)
print(type(z.grad_fn).__name__)
s = z.sum()
print(s)
print(type(s.grad_fn).__name__)
print(type(s.grad_fn.next_functions[0][0]).__name__)

# ---- gradients, which add up when backward is called again

s.backward(retain_graph=True)
print(x.grad)
s.backward()
print(x.grad)

# ---- what needs a gradient, and what was cut off

x = torch.randn(2, 2)
y = torch.randn(2, 2)
print(x.requires_grad, y.requires_grad)
z = x + y
print(z.grad_fn)
x = x.requires_grad_()
y.requires_grad = True
z = x + y
print(type(z.grad_fn).__name__, z.requires_grad)
new_z = z.detach()
print(new_z.grad_fn, new_z.data_ptr() == z.data_ptr())
print((x**2).requires_grad)
with torch.no_grad():
    print((x**2).requires_grad)
