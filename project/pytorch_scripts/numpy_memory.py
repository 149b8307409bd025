"""NumPy's arrays and tensors that share memory, and those that do not."""

import numpy as np
import torch

array = np.ones((2, 3))
tensor = torch.from_numpy(array)  # shares memory
array[0, 0] = 7.0
print(tensor)

back = tensor.numpy()  # also shares memory
back[1, 2] = -1.0
print(array)
print(np.shares_memory(array, back))

tensor.mul_(2)
print(array.tolist())

copied = torch.tensor(array)
copied[0, 0] = 0.0
print(array[0, 0], copied[0, 0].item())

# The old constructor makes float32 of it: a copy.
single = torch.Tensor(array)
print(single.dtype, tensor.dtype)
print(single.size(), tuple(single.shape))

rows = torch.from_numpy(np.arange(6).reshape(2, 3))
print(rows.t().numpy().strides == np.arange(6).reshape(2, 3).T.strides)
print(np.mean(rows.numpy()), np.asarray(rows).sum())
