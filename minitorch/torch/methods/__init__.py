"""The methods of tensors, by the family of the functions that they are.

A method is the function itself, whose first argument is the tensor. What a method takes in another
form than the function, such as sizes one by one, is written out.
"""
