"""Task 4.5: train a network on the sentiment of sentences."""

import sys

from minitorch.training.run_sentiment import BACKEND as BACKEND
from minitorch.training.run_sentiment import CNNSentimentKim as CNNSentimentKim
from minitorch.training.run_sentiment import SentenceSentimentTrain as SentenceSentimentTrain
from minitorch.training.run_sentiment import default_log_fn as default_log_fn
from minitorch.training.run_sentiment import encode_sentences as encode_sentences
from minitorch.training.run_sentiment import encode_sentiment_data as encode_sentiment_data
from minitorch.training.run_sentiment import get_accuracy as get_accuracy
from minitorch.training.run_sentiment import get_predictions_array as get_predictions_array
from minitorch.training.run_sentiment import main

if __name__ == "__main__":
    sys.exit(main())
