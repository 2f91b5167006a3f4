/**
 * Adversarial attacks on classifiers, and a judge that measures what they leave standing. An {@link
 * steepest.attack.Attack} is described as stages of turns, each turn a small graph that is planned once and repeated on
 * the device for a batch of samples side by side. Those that reach their goal leave the batch, unless a nearer example is
 * still sought. {@link steepest.attack.Judge} predicts again from what the attack returned, and believes nothing else.
 */
package steepest.attack;
